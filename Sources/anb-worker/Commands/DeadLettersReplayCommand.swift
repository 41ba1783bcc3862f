import ANBComposition
import ANBCore
import ArgumentParser
import Foundation

/// `anb-worker dead-letters replay`.
struct DeadLettersReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Lets jobs run again and sends messages again; a second time does nothing.")

    @OptionGroup var choice: DeadLettersChoice

    @Flag(help: "Let one job of each cause run first, and the others only when it ended well. Needs a worker that runs.")
    var canary = false

    @Option(help: "Seconds that the canaries may take, 1 to 86400.")
    var canarySeconds = 900

    func validate() throws {
        guard (1...86_400).contains(canarySeconds) else { throw ValidationError("--canary-seconds must be from 1 to 86400.") }
    }

    func run() async throws {
        let patience: Duration? = canary ? .seconds(canarySeconds) : nil
        try await choice.carryOut("replayed") { work, ids in
            guard let patience else { return await work.replay(ids) }
            return try await work.replayBehindCanaries(ids, patience: patience)
        }
    }
}

/// `anb-worker dead-letters purge`.
struct DeadLettersPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Forgets jobs and messages for good; what they were for stays as it is.")

    @OptionGroup var choice: DeadLettersChoice

    @Flag(help: "Yes, for good.")
    var yes = false

    func validate() throws {
        guard yes else { throw ValidationError("Purging cannot be undone: add --yes.") }
    }

    func run() async throws { try await choice.carryOut("purged") { await $0.purge($1) } }
}

/// Which dead letters a command is about, and how it tells what became of them.
struct DeadLettersChoice: ParsableArguments {
    @Argument(help: "job:ID or queue:ID, as listed.")
    var ids: [DeadEntry.ID] = []

    @Flag(help: "Every one, \(DeadWork.entriesMax) at a time.")
    var all = false

    @Option(help: "Those of one cause, as list, show and status call it.")
    var fingerprint: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard [all, !ids.isEmpty, fingerprint != nil].count(where: \.self) == 1 else {
            throw ValidationError("Name some of them, or give --fingerprint or --all.")
        }
    }

    /// - Parameter done: The outcome's word.
    func carryOut(
        _ done: String, _ action: (DeadWork, [DeadEntry.ID]) async throws -> [DeadEntry.ID: DeadLetterFate]
    ) async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let (outcomes, areMore) = try await withDeadWork(settings) { work in
                let (chosen, areMore) = try await self.chosen(of: work)
                let fates = try await action(work, chosen)
                return (Set(chosen).sorted { "\($0)" < "\($1)" }.map { Outcome($0, fates[$0] ?? .absent, done: done) }, areMore)
            }
            if json || !outcomes.isEmpty {
                print(json ? try JSONText.of(outcomes) : outcomes.map(\.line).joined(separator: "\n"))
            }
            if areMore {
                let note = "Only the first \(DeadWork.entriesMax) dead letters were looked at: run this again for the rest.\n"
                FileHandle.standardError.write(Data(note.utf8))
            }
            let code = outcomes.map(\.exitCode).max() ?? 0
            if code != 0 || areMore { throw ExitCode(code == 0 ? CommandExit.tryAgain : code) }
        }
    }

    private func chosen(of work: DeadWork) async throws -> (ids: [DeadEntry.ID], areMore: Bool) {
        if !ids.isEmpty { return (ids, false) }
        let all = try await work.list()
        let areMore = all.count == DeadWork.entriesMax
        guard let fingerprint else { return (all.map(\.id), areMore) }
        let some = all.filter { $0.fingerprint == fingerprint }.map(\.id)
        guard !some.isEmpty || areMore else { throw ANBError(.notFound, "Nothing dead has the fingerprint \(fingerprint).") }
        return (some, areMore)
    }

    /// What became of one.
    private struct Outcome: Encodable {
        var id: String
        /// `replayed` or `purged`, `absent`, `failed`.
        var outcome: String
        var reason: String?
        var exitCode: Int32

        enum CodingKeys: String, CodingKey { case id, outcome, reason }

        init(_ id: DeadEntry.ID, _ fate: DeadLetterFate, done: String) {
            self.id = id.description
            switch fate {
            case .done: (outcome, exitCode) = (done, 0)
            case .absent: (outcome, exitCode) = ("absent", CommandExit.unreadable)
            case .failed(let reason): (outcome, self.reason, exitCode) = ("failed", reason, CommandExit.tryAgain)
            }
        }

        var line: String { [id, outcome, reason].compactMap { $0 }.joined(separator: "\t") }
    }
}
