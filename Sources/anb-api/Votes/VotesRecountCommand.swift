import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api votes recount`.
struct VotesRecountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recount", abstract: "Counts every vote and every line of the ledger, and compares with the board.",
        discussion: "Exit code 0: all agree; 1: what differs is printed, a line for each video and player.")

    @Flag(help: "Set what differs on the board to what the votes say.")
    var repair = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let (found, left) = try await withDatabase(settings) { database in
                let review = VoteReview(database: database)
                let found = try await review.recount(repairs: repair)
                return (found, repair ? try await review.recount() : found)
            }
            let lines = found.map { Line($0, isRepaired: repair && !left.contains($0)) }
            print(json ? try JSONText.of(lines) : Self.text(lines))
            if !left.isEmpty { throw ExitCode(CommandExit.doesNotHold) }
        }
    }

    private static func text(_ lines: [Line]) -> String {
        lines.isEmpty ? "board, votes and ledger agree" : lines.map(\.text).joined(separator: "\n")
    }

    private struct Line: Encodable {
        /// `video:ID` or `player:ID`.
        var subject: String
        var board: Int
        var votes: Int
        var ledger: Int
        var unexplained: Int
        var repaired: Bool

        init(_ difference: TallyDifference, isRepaired: Bool) {
            subject = "\(difference.subject)"
            (board, votes, ledger) = (difference.board, difference.votes, difference.ledger)
            (unexplained, repaired) = (difference.unexplained, isRepaired)
        }

        var text: String {
            "\(subject)\tboard \(board)\tvotes \(votes)\tledger \(ledger)\tunexplained \(unexplained)"
                + (repaired ? "\trepaired" : "")
        }
    }
}
