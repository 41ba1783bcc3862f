import ANBComposition
import ArgumentParser

/// `anb-worker doctor`: what is wrong with an installation, and what to do about it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Looks at settings, database, credentials, storage, queue, libav, sandbox and disk; exit code 1 when something fails."
    )

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let findings = await Doctor.examine(try await settings.sources())
            print(json ? try JSONText.of(findings) : findings.map(\.text).joined(separator: "\n"))
            if findings.contains(where: { $0.state == .failed }) { throw ExitCode(CommandExit.doesNotHold) }
        }
    }
}

extension Finding {
    fileprivate var text: String {
        let detail = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
        let line = "\(state.rawValue)\t\(name): \(detail)"
        return advice.map { "\(line)\n\t→ \($0)" } ?? line
    }
}
