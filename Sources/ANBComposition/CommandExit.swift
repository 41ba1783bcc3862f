import ANBCore
import ArgumentParser
import Foundation

/// How every command of the platform ends: 0, or one line on standard error and a code of sysexits.h.
public enum CommandExit {
    /// What was checked does not hold.
    public static let doesNotHold: Int32 = 1
    /// The input is refused or broken.
    public static let refused: Int32 = 65
    /// The input cannot be read.
    public static let unreadable: Int32 = 66
    /// There is a file already where one should be made.
    public static let occupied: Int32 = 73
    /// Our own fault.
    public static let internalFault: Int32 = 70
    /// The same command may succeed later.
    public static let tryAgain: Int32 = 75
    /// A setting is wrong.
    public static let misconfigured: Int32 = 78

    /// Runs a command; a failure becomes one line and a code.
    public static func translating(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ANBError {
            let code = code(for: error)
            report(error.code == .mediaRejected ? error.userMessage : error.operatorMessage)
            throw ExitCode(code)
        } catch let code as ExitCode {
            throw code
        } catch {
            report("\(error)")
            throw ExitCode(internalFault)
        }
    }

    static func code(for error: ANBError) -> Int32 {
        switch error.code {
        case .mediaRejected, .corrupted: refused
        case .preconditionFailed: occupied
        case .notFound: unreadable
        case .misconfigured: misconfigured
        default: error.recovery == .never ? internalFault : tryAgain
        }
    }

    /// One line, whatever the message holds.
    private static func report(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
