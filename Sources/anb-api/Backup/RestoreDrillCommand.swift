import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api restore-drill`.
struct RestoreDrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-drill",
        abstract: "Restores a backup elsewhere, counts its votes, checks its audit log and looks for every object.",
        discussion: "Exit code 0: all is there; 1: not, and what is wrong is printed. Nothing of the running system changes.")

    @Option(help: "A backup; without it one is made now and removed afterwards.")
    var backup: String?

    @Option(help: "The URL of a PostgreSQL database that a dump was restored to.")
    var restored: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        if backup != nil, restored != nil { throw ValidationError("Give --backup or --restored, not both.") }
    }

    func run() async throws {
        try await CommandExit.translating {
            let report = try await DatabaseBackup.drill(Settings(await settings.sources()), file: backup, restored: restored)
            let lines = Lines(report)
            print(json ? try JSONText.of(lines) : lines.text)
            if !report.isWhole { throw ExitCode(CommandExit.doesNotHold) }
        }
    }

    private struct Lines: Encodable {
        var whole: Bool
        var videos: Int
        var objects: Int
        var missing: [String]
        var wrongSize: [String]
        var recount: [String]
        var audit: String

        enum CodingKeys: String, CodingKey {
            case whole, videos, objects, missing, recount, audit
            case wrongSize = "wrong_size"
        }

        init(_ report: RestoreDrill.Report) {
            (whole, videos, objects) = (report.isWhole, report.videos, report.objects)
            missing = report.missing.map(\.description)
            wrongSize = report.wrongSize.map(\.description)
            recount = report.differences.map { "\($0.subject): board \($0.board), votes \($0.votes), ledger \($0.ledger)" }
            switch report.audit {
            case .intact(let head, _): audit = "intact, rows \(head.sequence)"
            case .broken(let sequence, let problem): audit = "row \(sequence): \(problem)"
            }
        }

        var text: String {
            let findings =
                missing.map { "missing: \($0)" } + wrongSize.map { "wrong size: \($0)" } + recount.map { "recount: \($0)" }
            let head = "\(whole ? "whole" : "not whole"): videos \(videos), objects \(objects), audit log \(audit)"
            return ([head] + findings).joined(separator: "\n")
        }
    }
}
