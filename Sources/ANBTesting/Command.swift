import CSandbox
import Foundation

/// A short-lived program that a test runs, off the cooperative pool.
///
/// Foundation's `Process` notices an end by a socket that any other program started at the same moment inherits; if
/// that one is a server, the wait never ends. Here the kernel says when the program ended, and no descriptor leaks.
package enum Command {
    /// How it ended.
    package struct Ending: Sendable {
        /// The exit code; 128 and the signal's number when it was killed.
        package let code: Int32
        package let standardOutput: String
        package let standardError: String
    }

    /// - Parameters:
    ///   - arguments: The program's path first.
    ///   - environment: What the program gets, all of it.
    /// - Throws: ``ConformanceFailure`` when it cannot be started.
    package static func run(
        _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> Ending {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try runBlocking(arguments, environment) }) }
        }
    }

    private static func runBlocking(_ arguments: [String], _ environment: [String: String]) throws -> Ending {
        // Files, because a pipe would have to be read while waiting.
        let (output, errors) = (try CaptureFile(), try CaptureFile())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.descriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.descriptor, 2)
        anb_close_from(&actions, 3)
        var texts = arguments.map { strdup($0) } + [nil]
        var settings = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in texts + settings { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, arguments[0], &actions, nil, &texts, &settings)
        try expect(code == 0, "\(arguments[0]) cannot be started: \(String(cString: strerror(code)))")
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return Ending(
            code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, standardOutput: output.text, standardError: errors.text)
    }
}

/// A file without a name that takes what a program prints.
private final class CaptureFile {
    let descriptor: Int32

    init() throws {
        var template = Array("\(NSTemporaryDirectory())anb-command-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        try expect(descriptor >= 0, "no temporary file: errno \(errno)")
        unlink(template)
    }

    deinit { close(descriptor) }

    var text: String {
        lseek(descriptor, 0, SEEK_SET)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
