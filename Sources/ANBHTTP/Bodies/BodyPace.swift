import ANBCore

/// Watches how fast a client sends its body. Only the time spent waiting for bytes counts, so that a slow disk of ours
/// is not held against the client.
struct BodyPace: Hashable, Sendable {
    let limits: EdgeLimits
    private(set) var byteCount: Int64 = 0
    private var waited: Duration = .zero
    private var waitsSince: Timestamp?

    init(limits: EdgeLimits) { self.limits = limits }

    mutating func beginWaiting(_ now: Timestamp) { waitsSince = now }

    mutating func endWaiting(_ now: Timestamp, received count: Int) {
        if let waitsSince { waited += now - waitsSince }
        waitsSince = nil
        byteCount += Int64(count)
    }

    /// - Throws: ``ANBError/Code/requestTimeout`` when the client is silent for too long, or too slow on the whole.
    func check(_ now: Timestamp) throws {
        guard let waitsSince else { return }
        let silent = now - waitsSince
        guard silent < .seconds(limits.idleSecondsMax) else { throw Self.tooSlow }
        let counted = (waited + silent).inSeconds - Double(limits.bodyGraceSeconds)
        guard counted <= 0 || Double(byteCount) >= counted * Double(limits.bodyBytesPerSecondMin) else { throw Self.tooSlow }
    }

    private static let tooSlow = ANBError(.requestTimeout, "The body of the request came too slowly.")
}
