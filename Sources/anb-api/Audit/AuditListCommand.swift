import ANBComposition
import ANBCore
import ArgumentParser
import Logging

/// `anb-api audit list`.
struct AuditListCommand: AsyncParsableCommand {
    private static let limitMax = 10_000

    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the last rows of the audit log, or those after a place.",
        discussion: "Between tabs: row, when, who, what, about what, details, reason.")

    @Option(help: "Show what comes after this row.")
    var after: Int64?

    @Option(help: "Rows at most, 1 to \(limitMax).")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard (1...Self.limitMax).contains(limit) else {
            throw ValidationError("--limit must be from 1 to \(Self.limitMax).")
        }
    }

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let rows = try await withDatabase(settings) { database in
                let trail = AuditTrail(database: database, logger: Logger(label: "anb-api"))
                try await trail.seal()
                return try await trail.entries(after: after, limit: limit)
            }.map(Line.init)
            if json { return print(try JSONText.of(rows)) }
            for row in rows { print(row.text) }
        }
    }

    private struct Line: Encodable {
        var sequence: Int64
        var at: String
        var actor: String
        var action: String
        var subject: String
        var detail: String
        var reason: String
        var hash: String

        init(_ entry: AuditEntry) {
            let event = entry.event
            (sequence, at, hash) = (entry.sequence, event.at.description, entry.hash)
            (actor, action, subject) = (event.actor.description, event.action.rawValue, event.subject.description)
            (detail, reason) = (event.detail, event.reason)
        }

        /// Tabs between, so that it can be cut.
        var text: String { ["\(sequence)", at, actor, action, subject, detail, reason].joined(separator: "\t") }
    }
}
