import ANBComposition
import ANBCore
import ArgumentParser
import Foundation

/// `anb-worker status`: one page that says how the platform is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says what waits, how long videos take, what fails and who works.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let status = try await readStatus(settings)
            print(json ? try JSONText.of(status) : status.page)
        }
    }
}

extension PlatformStatus {
    fileprivate var page: String {
        let jobs =
            "jobs        \(jobs.due) due (oldest \(Self.text(jobs.oldestDueSeconds))), \(jobs.running) running, "
            + "\(jobs.delayed) wait for a retry, \(jobs.dead) dead"
        let ills =
            lines(of: retries, titled: "retries", none: "nobody waits for one")
            + lines(of: failures, titled: "failures", none: "no dead jobs")
        return ([asOf, jobs, queueLine, publishingLine] + workerLines + ills).joined(separator: "\n")
    }

    private var queueLine: String {
        if let queueProblem { return "queue       cannot be asked: \(queueProblem)" }
        guard let queue else { return "queue       in the memory of another process" }
        return "queue       \(queue.ready) ready, \(queue.inFlight) in flight, \(queue.delayed) delayed, \(queue.dead) dead"
    }

    private var publishingLine: String {
        let videos = "published   \(timeToPublish.videos) videos in the last 24 hours"
        guard let half = timeToPublish.halfSeconds, let most = timeToPublish.nineteenOfTwentySeconds else { return videos }
        return "\(videos): half within \(Self.text(half)), 95 of 100 within \(Self.text(most))"
    }

    private var workerLines: [String] {
        let working = workers.working.isEmpty ? "nobody has a job" : workers.working.joined(separator: ", ")
        let lately =
            workers.seenLately.isEmpty ? "" : "; had one in the last 15 minutes: \(workers.seenLately.joined(separator: ", "))"
        return ["workers     \(working)\(lately)"]
    }

    private func lines(of failures: [Failure], titled title: String, none: String) -> [String] {
        if failures.isEmpty { return [title.padding(toLength: 12, withPad: " ", startingAt: 0) + none] }
        return [title]
            + failures.map { failure in
                let reason = failure.reason.split(whereSeparator: \.isNewline).joined(separator: " ")
                return "  \(failure.fingerprint)  \(failure.count) × \(reason)  (job:\(failure.lastJobID))"
            }
    }

    private static func text(_ seconds: Double) -> String {
        seconds < 120 ? String(format: "%.1f s", seconds) : String(format: "%.1f min", seconds / 60)
    }
}
