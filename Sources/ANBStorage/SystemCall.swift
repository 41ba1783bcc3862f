import ANBCore
import Glibc

/// A system call that did not work, and why.
struct SystemCallFailed: Error, CustomStringConvertible {
    let call: String
    /// `errno`.
    let number: Int32

    var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// Makes a system call, again while a signal interrupts it.
/// - Returns: Its result, which is not negative.
@discardableResult
func system<Result: FixedWidthInteger>(_ call: String, _ body: () -> Result) throws(SystemCallFailed) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let number = errno
        if number != EINTR { throw SystemCallFailed(call: call, number: number) }
    }
}

extension SystemCallFailed {
    /// The error for callers of a store.
    /// - Parameter action: What was being done, for operators.
    func translated(doing action: String) -> ANBError {
        let details = "\(action): \(self)"
        switch number {
        case ENOSPC, EDQUOT:
            return ANBError(
                .overloaded, "The storage is full. Please try again later.",
                operatorMessage: "no space is left on the file system; \(details)",
                recovery: .retryLater(after: .seconds(30)), cause: self)
        case EMFILE, ENFILE:
            return ANBError(
                .overloaded, "The service is busy. Please try again later.",
                operatorMessage: "no file descriptor is left; \(details)",
                recovery: .retryLater(after: .seconds(1)), cause: self)
        case EROFS, EACCES, EPERM:
            return .unavailable("the file system refuses this process; \(details)", after: .seconds(30), cause: self)
        default:
            return .unavailable(details, cause: self)
        }
    }
}
