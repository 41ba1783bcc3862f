import ANBCore
import ANBTesting
import Foundation
import Logging
import Synchronization
import Testing

@testable import ANBComposition

/// What the health check of a worker's container reads.
@Suite struct LifeSignTests {
    private let clock = ManualClock()

    private func withSign(_ body: (LifeSign) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-life-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(LifeSign(folder: folder.path))
    }

    private func service(_ sign: LifeSign, silence: @escaping @Sendable () -> Duration) -> LifeSignService {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return LifeSignService(sign: sign, silence: silence, clock: clock, logger: logger)
    }

    /// As if it had been written then.
    private func date(_ sign: LifeSign, _ time: Timestamp) throws {
        try FileManager.default.setAttributes([.modificationDate: time.date], ofItemAtPath: sign.path)
    }

    private func isAlive(_ sign: LifeSign, at now: Timestamp) async -> Bool {
        do {
            try await sign.check(at: now)
            return true
        } catch {
            #expect((error as? ANBError)?.code == .unavailable)
            return false
        }
    }

    @Test func aSignIsGoodForAMinute() async throws {
        try await withSign { sign in
            #expect(await !isAlive(sign, at: clock.now), "nobody wrote one")
            try await sign.renew()
            try date(sign, clock.now)
            #expect(await isAlive(sign, at: clock.now + .seconds(60)))
            #expect(await !isAlive(sign, at: clock.now + .seconds(61)))
            try await sign.remove()
            try await sign.remove()
            #expect(await !isAlive(sign, at: clock.now))
        }
    }

    @Test func onlyARunnerThatMovesRenewsIt() async throws {
        try await withSign { sign in
            let silence = Mutex(Duration.seconds(300))
            let service = service(sign) { silence.withLock { $0 } }
            await service.look()
            try date(sign, clock.now)
            silence.withLock { $0 = .seconds(301) }
            await service.look()
            #expect(await !isAlive(sign, at: clock.now + .seconds(61)), "it was renewed by a runner that hangs")
            silence.withLock { $0 = .zero }
            await service.look()
            #expect(await isAlive(sign, at: SystemClock().now))
        }
    }

    @Test func itLivesAsLongAsItsProcess() async throws {
        try await withSign { sign in
            try await sign.renew()
            try date(sign, clock.now)
            let service = service(sign) { .zero }
            let running = Task { try await service.run() }
            for _ in 0..<2 {
                try await clock.waitForSleepers(1)
                #expect(await isAlive(sign, at: SystemClock().now), "the first sign was an earlier process's")
                try date(sign, clock.now)
                clock.advance(by: LifeSignService.interval)
            }
            try await clock.waitForSleepers(1)
            running.cancel()
            try await running.value
            #expect(!FileManager.default.fileExists(atPath: sign.path))
        }
    }
}
