/// What happened, as a hash of every step, and as text when somebody is to read it.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class Trace: @unchecked Sendable {
    /// Lines that are kept, the latest ones.
    static let linesMax = 2000

    /// The same in every run of the same seed.
    private(set) var hash: UInt64 = 0
    private(set) var lines: [String] = []
    /// Text costs more than everything else, so it is written only on a replay.
    let isWritten: Bool

    init(isWritten: Bool) { self.isWritten = isWritten }

    func mix(_ first: UInt64, _ second: UInt64) {
        hash = Chance.mixed(hash &+ first &* 0x9E37_79B9_7F4A_7C15 ^ second)
    }

    /// - Parameter milliseconds: Since the simulation began.
    func write(_ process: SimulatedProcess, at milliseconds: Int64, _ text: () -> String) {
        guard isWritten else { return }
        if lines.count >= 2 * Self.linesMax { lines.removeFirst(Self.linesMax) }
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let fraction = String(repeating: "0", count: 3 - String(rest).count) + String(rest)
        lines.append("\(seconds).\(fraction)  \(process.name)  \(text())")
    }
}

extension Scheduler {
    /// Notes an event; `code` goes into the hash, the text only into a replay's lines.
    func note(_ code: UInt64, _ process: SimulatedProcess, _ text: @autoclosure () -> String) {
        trace.mix(code, UInt64(truncatingIfNeeded: process.index))
        trace.write(process, at: now - startedAt, text)
    }
}
