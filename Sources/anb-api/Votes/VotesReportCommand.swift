import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api votes report`.
struct VotesReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Shows what stands out in the votes of a video, or of those with the most votes.",
        discussion: "The signals tell where to look; none of them proves anything.")

    @Option(help: "Only this video, also when it is not public.")
    var video: VideoID?

    @Option(help: "Videos at most, 1 to \(Limits.pageSizeMax).")
    var limit = 20

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func validate() throws {
        guard (1...Limits.pageSizeMax).contains(limit) else {
            throw ValidationError("--limit must be from 1 to \(Limits.pageSizeMax).")
        }
    }

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let reports = try await withDatabase(settings) { database in
                let review = VoteReview(database: database)
                if let video { return [try await review.report(on: video)] }
                return try await review.report(limit: limit)
            }.map(Line.init)
            if json { return print(try JSONText.of(reports)) }
            print(Line.head)
            for report in reports { print(report.text) }
        }
    }

    private struct Line: Encodable {
        var videoID: String
        var votes: Int
        var quarantined: Int
        var suspicious: Int
        var signals: [String: Int]
        var largestBurst: Int
        var largestNetwork: Int
        var networks: Int

        enum CodingKeys: String, CodingKey {
            case votes, quarantined, suspicious, signals, networks
            case videoID = "video_id"
            case largestBurst = "largest_burst"
            case largestNetwork = "largest_network"
        }

        init(_ report: VoteReport) {
            videoID = report.videoID.description
            (votes, quarantined, suspicious) = (report.votes, report.quarantined, report.suspicious)
            signals = Dictionary(FraudSignal.allCases.map { ($0.rawValue, report.signals[$0] ?? 0) }) { $1 }
            (largestBurst, largestNetwork, networks) = (report.largestBurst, report.largestNetwork, report.networks)
        }

        static let head =
            (["video", "votes", "quarantined", "suspicious"] + FraudSignal.allCases.map(\.rawValue)
            + ["largest_burst", "largest_network", "networks"]).joined(separator: "\t")

        var text: String {
            let counts =
                [votes, quarantined, suspicious] + FraudSignal.allCases.map { signals[$0.rawValue] ?? 0 }
                + [largestBurst, largestNetwork, networks]
            return ([videoID] + counts.map(String.init)).joined(separator: "\t")
        }
    }
}
