import ANBCore
import Foundation

/// A thread that does one piece of work, and a way to wait for how it ended.
final class WorkThread<Value: Sendable>: @unchecked Sendable {
    // `result` is guarded by `condition`.

    private let condition = NSCondition()
    private var result: Result<Value, any Error>?

    /// Deep enough for libav and x264.
    private static var stackBytes: Int { 2 << 20 }

    init(_ name: String, _ body: @escaping @Sendable () throws -> Value) {
        let thread = Thread { [self] in
            let result = Result(catching: body)
            condition.lock()
            self.result = result
            condition.broadcast()
            condition.unlock()
        }
        thread.name = name
        thread.stackSize = Self.stackBytes
        thread.start()
    }

    /// Waits for the end, which the body must reach soon after its input ends or its interruption is raised.
    func outcome() -> Result<Value, any Error> {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result { return result }
            condition.wait()
        }
    }
}
