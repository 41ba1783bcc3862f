import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-worker dead-letters list`.
struct DeadLettersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists dead jobs, the longest dead first, and the queue's dead messages.",
        discussion: "Between tabs: id, when it died, kind, attempts, fingerprint, reason.")

    @Option(help: "Entries at most, 1 to \(DeadWork.entriesMax).")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard (1...DeadWork.entriesMax).contains(limit) else {
            throw ValidationError("--limit must be from 1 to \(DeadWork.entriesMax).")
        }
    }

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let entries = try await readDeadWork(settings) { try await $0.list(limit: limit) }
            if json { return print(try JSONText.of(entries)) }
            for entry in entries { print(entry.line) }
        }
    }
}

/// `anb-worker dead-letters show`.
struct DeadLettersShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows all that is known of one.")

    @Argument(help: "job:ID or queue:ID, as listed.")
    var id: DeadEntry.ID

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let entry = try await readDeadWork(settings) { try await $0.show(id) }
            print(json ? try JSONText.of(entry) : entry.lines.joined(separator: "\n"))
        }
    }
}

extension DeadEntry.ID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension DeadEntry {
    /// Tabs between, so that it can be cut.
    fileprivate var line: String {
        [id.description, diedAt?.description ?? "-", job?.kind.description ?? "-", "\(attempts)", fingerprint, reason.onOneLine]
            .joined(separator: "\t")
    }

    fileprivate var lines: [String] {
        var lines = ["id: \(id)", "reason: \(reason)", "fingerprint: \(fingerprint)", "attempts: \(attempts)"]
        if let diedAt { lines.append("died at: \(diedAt)") }
        if let job {
            lines += [
                "kind: \(job.kind)", "video: \(job.videoID)", "player: \(job.userID)", "correlation id: \(job.correlationID)",
                "worker deaths: \(job.workerDeaths)",
            ]
        }
        if let body { lines.append("body: \(body)") }
        return lines
    }
}

extension String {
    fileprivate var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
