import ANBComposition
public import ANBCore
public import ArgumentParser

/// `anb-api votes`: what operators do about votes.
struct VotesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "votes", abstract: "Looks at votes, sets them aside, counts them again. Nothing is removed.",
        subcommands: [VotesReportCommand.self, VotesQuarantineCommand.self, VotesRestoreCommand.self, VotesRecountCommand.self])
}

extension FraudSignal: ExpressibleByArgument {}

extension Identifier: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Which votes a command is about, and why.
struct VotesChoice: ParsableArguments {
    @Option(help: "The video.")
    var video: VideoID

    @Option(help: "Why, for the ledger and the audit log; no names or addresses, please.")
    var reason: String

    @Option(help: "Only votes with this signal; given more than once, with all of them: \(Self.signalNames).")
    var signal: [FraudSignal] = []

    @Option(help: "Only this person's vote; may be given more than once.")
    var voter: [UserID] = []

    @Flag(help: "Count, and change nothing.")
    var dryRun = false

    @OptionGroup var settings: SettingsOptions

    private static let signalNames = FraudSignal.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        guard !reason.isEmpty, reason.count <= Limits.reasonCharactersMax else {
            throw ValidationError("--reason must have 1 to \(Limits.reasonCharactersMax) characters.")
        }
    }

    /// - Parameter done: What became of the votes.
    func carryOut(
        _ done: String, _ action: (VoteReview, VoteReview.Choice) async throws -> Int
    ) async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let choice = VoteReview.Choice(signals: Set(signal), voters: Set(voter))
            let count = try await withDatabase(settings) { try await action(VoteReview(database: $0), choice) }
            if !dryRun, count > 0 { try await noteBoardChange(settings) }
            print(dryRun ? "would be \(done): \(count)" : "\(done): \(count)")
        }
    }
}

/// `anb-api votes quarantine`.
struct VotesQuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Makes the chosen votes for a video not count; they stay.")

    @OptionGroup var choice: VotesChoice

    func run() async throws {
        try await choice.carryOut("quarantined") {
            try await $0.quarantine($1, for: choice.video, reason: choice.reason, isDryRun: choice.dryRun)
        }
    }
}

/// `anb-api votes restore`.
struct VotesRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes the chosen quarantined votes for a video count again.")

    @OptionGroup var choice: VotesChoice

    func run() async throws {
        try await choice.carryOut("restored") {
            try await $0.restore($1, for: choice.video, reason: choice.reason, isDryRun: choice.dryRun)
        }
    }
}
