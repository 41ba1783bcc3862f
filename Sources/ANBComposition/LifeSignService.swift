import ANBCore
import Logging
import ServiceLifecycle

/// Renews a worker's sign of life for as long as its runner moves.
struct LifeSignService: Service {
    static let interval = Duration.seconds(10)
    /// Longer than any wait that ends by itself: a ledger that does not answer keeps a claim, or the end of a run, for two to
    /// three minutes before the runner moves on.
    static let silenceSecondsMax = 300

    let sign: LifeSign
    /// How long the runner has not moved.
    let silence: @Sendable () -> Duration
    let clock: any WallClock
    let logger: Logger

    func run() async throws {
        // One that an earlier process left says nothing about this one.
        await noting { try await sign.remove() }
        try await LoopService {
            while true {
                await look()
                try await clock.sleep(for: Self.interval)
            }
        }.run()
        await unstoppable { await noting { try await sign.remove() } }
    }

    func look() async {
        let silence = silence()
        if silence <= .seconds(Self.silenceSecondsMax) {
            await noting { try await sign.renew() }
        } else {
            logger.error("the runner does not move", metadata: ["silence": "\(silence)"])
        }
    }

    private func noting(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning("the sign of life cannot be written", metadata: ["path": "\(sign.path)", "error": "\(error)"])
        }
    }
}
