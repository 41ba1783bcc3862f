import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api webhooks`: what became of news of videos that nobody has heard yet.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Shows webhooks that were not delivered, and sends them again.",
        subcommands: [WebhooksListCommand.self, WebhooksReplayCommand.self])
}

/// `anb-api webhooks list`.
struct WebhooksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists webhooks that wait for another try or were given up, the oldest first.",
        discussion: "Between tabs: id, type, video, when, tries, next try, last problem.")

    @Option(help: "Webhooks at most, 1 to \(WebhookBacklog.entriesMax).")
    var limit = 100

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard (1...WebhookBacklog.entriesMax).contains(limit) else {
            throw ValidationError("--limit must be from 1 to \(WebhookBacklog.entriesMax).")
        }
    }

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let lines = try await readWebhooks(settings) { try await $0.list(limit: limit) }.map(Line.init)
            if json { return print(try JSONText.of(lines)) }
            for line in lines { print(line.text) }
        }
    }

    private struct Line: Encodable {
        var id: String
        var type: String
        var videoID: String
        var at: String
        var attempts: Int
        /// `nil` when it was given up.
        var nextTryAt: String?
        var problem: String?

        enum CodingKeys: String, CodingKey {
            case id, type, at, attempts, problem
            case videoID = "video_id"
            case nextTryAt = "next_try_at"
        }

        init(_ event: WebhookEvent) {
            (id, type, videoID) = (event.id.description, event.kind.rawValue, event.videoID.description)
            (at, attempts, nextTryAt) = (event.at.description, event.attempts, event.dueAt?.description)
            problem = event.problem
        }

        /// Tabs between, so that it can be cut.
        var text: String {
            [id, type, videoID, at, "\(attempts)", nextTryAt ?? "given up", problem ?? ""].joined(separator: "\t")
        }
    }
}

/// `anb-api webhooks replay`.
struct WebhooksReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Has webhooks sent again at once, with all their tries ahead, by whoever serves or works.")

    @Argument(help: "Which, as the list names them.")
    var ids: [WebhookEventID] = []

    @Flag(help: "All that were given up.")
    var all = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard ids.isEmpty == all else { throw ValidationError("Name webhooks, or say --all.") }
    }

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let count = try await withDatabase(settings) { database in
                let backlog = WebhookBacklog(database: database)
                if all { return try await backlog.replayGivenUp() }
                for id in ids { try await backlog.replay(id) }
                return ids.count
            }
            print("replayed: \(count)")
        }
    }
}
