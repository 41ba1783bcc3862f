import ANBTesting
import Foundation
import Testing

/// The executables, each run with a folder and settings of its own, to its end.
struct StartErrorsProgram: Sendable {
    /// No start may take longer to say that it cannot be.
    static let secondsMax = 20
    /// In every setting that holds a secret; must never be printed.
    static let secret = "wrong-secret"

    let folder: URL

    static func inFolder(_ body: (StartErrorsProgram) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-start-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(StartErrorsProgram(folder: folder))
    }

    /// - Parameters:
    ///   - command: The product and its arguments.
    ///   - settings: Beside a data folder of its own and a free port.
    ///   - shell: Runs before the program, in the same shell.
    func run(
        _ command: [String], _ settings: [String: String] = [:], shell: String = ":", secondsMax: Int = Self.secondsMax
    ) async throws -> Command.Ending {
        let program = try BuiltProducts.path(of: command[0])
        var defaults = [
            "ANB_DATA_DIR": folder.path, "PORT": "0", "LOG_LEVEL": "warning", "HOME": folder.path, "PATH": "/usr/bin:/bin",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        // What is shared wants a database that was named.
        if settings["STORAGE_BACKEND"] == "s3" || settings["QUEUE_BACKEND"] != nil {
            defaults["DATABASE_URL"] = "sqlite:///\(folder.path)/anb.sqlite"
        }
        return try await Command.run(
            ["/usr/bin/timeout", "-k", "5", "\(secondsMax)", "/bin/sh", "-c", "\(shell); exec \"$@\"", "sh", program]
                + command.dropFirst(),
            environment: defaults.merging(settings) { $1 })
    }

    /// Runs a program until the body is done, and then ends it by SIGTERM; it must end well.
    func whileRunning(
        _ command: [String], _ settings: [String: String], _ body: () async throws -> Void
    ) async throws {
        let stop = folder.appendingPathComponent("stop").path
        let shell = """
            "$@" & process=$!
            while [ ! -e "\(stop)" ] && kill -0 $process 2>/dev/null; do sleep 0.05; done
            kill -TERM $process; wait $process; exit $?
            """
        async let running = run(command, settings, shell: shell, secondsMax: 120)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try Data().write(to: URL(fileURLWithPath: stop))
        let ending = try await running
        try result.get()
        try expect(ending.code == 0, "\(command) ended with \(ending)")
    }

    /// The start must wait, say with these words for what, and end well when it is asked to.
    func expectWait(
        _ words: [String], _ command: [String], _ settings: [String: String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let said = folder.appendingPathComponent("said-\(UUID().uuidString)").path
        let shell = """
            "$@" 2>"\(said)" & process=$!
            while [ ! -s "\(said)" ] && kill -0 $process 2>/dev/null; do sleep 0.05; done
            kill -TERM $process; wait $process; code=$?; cat "\(said)" >&2; exit $code
            """
        let ending = try await run(command, settings, shell: shell)
        let lines = ending.standardError.split(separator: "\n")
        #expect(ending.code == 0, "\(command) \(settings): \(lines)", sourceLocation: sourceLocation)
        #expect(lines.first?.contains("the start waits") == true, "\(lines)", sourceLocation: sourceLocation)
        for word in words { #expect(lines.first?.contains(word) == true, "\(lines)", sourceLocation: sourceLocation) }
        #expect(!ending.standardError.contains(Self.secret), "a secret is shown", sourceLocation: sourceLocation)
    }

    /// The start must fail with that code and one line that has these words.
    func expectRefusal(
        _ code: Int32, _ words: [String], _ command: [String], _ settings: [String: String], shell: String = ":",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ending = try await run(command, settings, shell: shell)
        let lines = ending.standardError.split(separator: "\n")
        #expect(ending.code == code, "\(command) \(settings): \(lines)", sourceLocation: sourceLocation)
        #expect(lines.count == 1, "\(lines)", sourceLocation: sourceLocation)
        for word in words { #expect(lines.last?.contains(word) == true, "\(lines)", sourceLocation: sourceLocation) }
        #expect(!ending.standardError.contains(Self.secret), "a secret is shown", sourceLocation: sourceLocation)
    }
}
