import CFFmpeg

/// Keeps the best still of the player's part while it streams by.
final class BestFrame {
    /// Candidates looked at in a clip of full length.
    private static let candidates = 10

    private let frame: Frame
    private var best: FrameSharpness?
    private let spacing: Int
    private var seen = 0
    private var due: Int

    /// - Parameter framesExpected: Output frames of the player's part.
    init(framesExpected: Int) throws {
        frame = try Frame()
        spacing = max(1, framesExpected / Self.candidates)
        due = spacing / 2
    }

    /// - Parameter count: Output frames this picture fills.
    func offer(_ candidate: borrowing Frame, count: Int) throws {
        defer { seen += count }
        guard best == nil || seen + count > due else { return }
        while due < seen + count { due += spacing }
        let sharpness = FrameSharpness(candidate)
        if let best, !(best < sharpness) { return }
        best = sharpness
        try frame.share(candidate)
    }

    /// - Throws: `mediaFailed` when no picture was offered.
    func withPicture<Value>(_ body: (borrowing Frame) throws -> Value) throws -> Value {
        guard !frame.isEmpty else { throw LibAV.missingOutput("still") }
        return try body(frame)
    }
}
