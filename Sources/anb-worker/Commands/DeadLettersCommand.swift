import ANBCore
import ArgumentParser

/// `anb-worker dead-letters`: what was given up, and what to do about it.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Lists, shows, replays and purges jobs and queue messages that were given up.",
        discussion: """
            Jobs (job:ID) are dead in the database: replay lets them run again. Messages (queue:ID) were put aside by
            Redis or SQS: replay rings once more, and does no harm when the job is done.
            Exit codes: 0 all done; 64 wrong use; 66 nothing of that id or fingerprint;
            75 something failed, or only the first \(DeadWork.entriesMax) were looked at: run it again.
            """,
        subcommands: [
            DeadLettersListCommand.self, DeadLettersShowCommand.self, DeadLettersReplayCommand.self,
            DeadLettersPurgeCommand.self,
        ])
}
