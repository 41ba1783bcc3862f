import Foundation

/// Runs blocking media work on a thread of its own, so that the cooperative pool never waits for a codec.
enum JobThread {
    /// Deep enough for libav's parsers.
    private static let stackBytes = 8 << 20

    /// - Parameters:
    ///   - name: Shown by debuggers.
    ///   - secondsMax: Elapsed seconds after which the interruption is raised.
    ///   - body: Must look at the interruption it is given at least a few times a second.
    static func run<Value: Sendable>(
        _ name: String, secondsMax: Double, _ body: @escaping @Sendable (Interruption) throws -> Value
    ) async throws -> Value {
        let interruption = Interruption(secondsMax: secondsMax)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = Thread {
                    continuation.resume(with: Result { try run(body, interruption) })
                }
                thread.name = name
                thread.stackSize = stackBytes
                thread.start()
            }
        } onCancel: {
            interruption.cancel()
        }
    }

    /// An interrupted body may blame whatever libav call noticed first.
    private static func run<Value>(_ body: (Interruption) throws -> Value, _ interruption: Interruption) throws -> Value {
        do {
            return try body(interruption)
        } catch {
            try interruption.check()
            throw error
        }
    }
}
