import ANBComposition
import ArgumentParser
import Foundation

/// `anb-worker conformance`: the suites of the ports on the configured bucket and queue.
struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract:
            "Tries every rule of object store and queue on the configured ones, in places of its own; exit code 1 when one is broken.",
        discussion: """
            Works below a new prefix of the bucket, with new keys of Redis, or with new SQS queues (which needs the rights
            to create and delete queues whose names begin with anb-conformance-), and removes all of it. It takes minutes,
            because queues are waited for.
            """)

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let reports = try await tryConformance(settings) { rule, problem in
                let line = problem.map { "BROKEN  \(rule): \($0)" } ?? "holds   \(rule)"
                FileHandle.standardError.write(Data("\(line)\n".utf8))
            }
            if json {
                print(try JSONText.of(reports))
            } else {
                for report in reports {
                    print("\(report.subject): \(report.passed) rules hold, \(report.broken.count) are broken")
                }
            }
            if reports.contains(where: { !$0.broken.isEmpty }) { throw ExitCode(CommandExit.doesNotHold) }
        }
    }
}
