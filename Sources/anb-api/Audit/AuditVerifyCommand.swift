import ANBComposition
import ANBCore
import ArgumentParser
import Logging

/// `anb-api audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Computes every hash of the audit log again.",
        discussion: "Exit code 0: the chain holds; 1: it does not, and the first bad row is named.")

    @Option(help: "SEQUENCE:HASH that an earlier verify printed; the chain must still lead through it.")
    var noted: AuditHead?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let verdict = try await withDatabase(settings) {
                try await AuditTrail(database: $0, logger: Logger(label: "anb-api")).verify(noted: noted)
            }
            let report = Report(verdict)
            print(json ? try JSONText.of(report) : report.line)
            if !report.holds { throw ExitCode(CommandExit.doesNotHold) }
        }
    }

    private struct Report: Encodable {
        var holds: Bool
        var rows: Int64?
        /// For `--noted`.
        var head: String?
        var unsealed: Int?
        var firstBadRow: Int64?
        var problem: String?

        enum CodingKeys: String, CodingKey {
            case holds, rows, head, unsealed, problem
            case firstBadRow = "first_bad_row"
        }

        init(_ verdict: AuditVerdict) {
            switch verdict {
            case .intact(let head, let unsealed):
                (holds, rows, self.unsealed) = (true, head.sequence, unsealed)
                if head.sequence > 0 { self.head = "\(head.sequence):\(head.hash)" }
            case .broken(let sequence, let problem):
                (holds, firstBadRow, self.problem) = (false, sequence, problem)
            }
        }

        var line: String {
            if let firstBadRow { return "row \(firstBadRow): \(problem ?? "")" }
            return "intact, rows \(rows ?? 0), head \(head ?? "-"), unsealed \(unsealed ?? 0)"
        }
    }
}
