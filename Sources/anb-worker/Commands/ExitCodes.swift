import ANBCore
import ArgumentParser
import Foundation

/// The exit codes of the command line, as sysexits.h names them.
enum ExitCodes {
    static let refused: Int32 = 65
    static let unreadable: Int32 = 66
    static let internalFault: Int32 = 70
    static let tryAgain: Int32 = 75

    /// Runs a command; a failure becomes one line on standard error and a code.
    static func translating(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ANBError {
            let code = code(for: error)
            report(code == refused || code == unreadable ? error.userMessage : error.description)
            throw ExitCode(code)
        } catch {
            report("\(error)")
            throw ExitCode(internalFault)
        }
    }

    static func code(for error: ANBError) -> Int32 {
        switch error.code {
        case .mediaRejected: refused
        case .notFound: unreadable
        default: error.recovery == .never ? internalFault : tryAgain
        }
    }

    /// One line, whatever the message holds.
    private static func report(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
