import ANBCore
import ANBQueue
import ANBStorage
import ANBTesting
import Foundation
import Logging

/// How the configured object store or queue did in the suite of its port.
public struct ConformanceReport: Sendable, Encodable {
    public struct Broken: Sendable, Encodable {
        public var rule: String
        public var reason: String
    }

    /// What was tried, and where.
    public var subject: String
    public var passed: Int
    public var broken: [Broken]
}

/// Tries the configured object store and queue with the suites of their ports, each rule in a place of its own that is
/// removed afterwards: a prefix of the bucket, a subfolder, keys of Redis, a pair of new SQS queues. What the platform
/// itself keeps there is not touched.
/// - Parameter told: Gets each rule when it was tried, and why it is broken.
/// - Throws: ``ANBError`` when the store or the queue cannot be used at all.
public func tryConformance(
    _ settings: Settings, told: @escaping @Sendable (String, String?) -> Void = { _, _ in }
) async throws -> [ConformanceReport] {
    // What breaks here is meant to; what should not is in the report.
    var logger = Logger(label: "anb-worker")
    logger.logLevel = .critical
    let aws = try await AWSConnections.prepare(settings.aws, logger: logger)
    do {
        let trial = ConformanceTrial(settings: settings, aws: aws, logger: logger, told: told)
        var reports = [try await trial.storage()]
        if let queue = try await trial.queue() { reports.append(queue) }
        try await aws?.close()
        return reports
    } catch {
        try? await aws?.close()
        throw error
    }
}

private struct ConformanceTrial {
    /// Rules of the queue that are tried at the same time: they mostly wait.
    private static let togetherMax = 8
    private static let ruleTimeMax = Duration.seconds(180)
    private static let visibility = Duration.seconds(2)
    /// A prefix leaves less room for the longest key.
    private static let needsWholeKey = "1,024"

    let settings: Settings
    let aws: AWSConnections?
    let logger: Logger
    let told: @Sendable (String, String?) -> Void

    // MARK: - Object store

    func storage() async throws -> ConformanceReport {
        let name = "conformance-\(UUID().uuidString.lowercased())"
        var cases = ObjectStoreSuite.suite.cases
        guard let bucket = settings.aws.s3 else {
            let root = "\(settings.storagePath)/\(name)"
            defer { try? FileManager.default.removeItem(atPath: root) }
            let signer = try ServerSecret.load(settings).mediaSigner()
            return try await run("folder \(settings.storagePath)", cases, together: 1) { rule in
                let store = try await FilesystemObjectStore.open(root: "\(root)/\(UUID().uuidString)", signer: signer)
                try await rule.run(store)
            }
        }
        guard let aws, let whole = try await aws.objectStore() else { throw ANBError.internal("a bucket without AWS") }
        try await whole.check()
        cases.removeAll { $0.name.contains(Self.needsWholeKey) }
        return try await run("S3 bucket \(bucket.bucket)", cases, together: 1) { rule in
            let store = try aws.objectStore(below: "\(name)/\(UUID().uuidString.lowercased())/")
            try await Self.run({ try await rule.run(store) }, end: { try await store.deleteAll(prefix: "") })
        }
    }

    // MARK: - Queue

    /// - Returns: `nil` for a queue in memory, which needs no trial.
    func queue() async throws -> ConformanceReport? {
        let cases = JobQueueSuite.suite.cases
        if let redis = settings.redis {
            try await redis.openQueue(logger).close()
            return try await run("Redis", cases, together: Self.togetherMax) { rule in
                let queue = try redis.throwawayQueue(visibility: Self.visibility, logger)
                try await self.run(rule, on: queue, sendBody: { try await queue.send(body: $0) }) {
                    let removal = await resultOf { try await queue.removeEverything() }
                    await queue.close()
                    try removal.get()
                }
            }
        }
        guard let sqs = settings.aws.sqs, let aws else { return nil }
        return try await run("SQS beside \(sqs.queueName)", cases, together: Self.togetherMax) { rule in
            let queue = try await unstoppable { try await aws.throwawayQueue(visibility: Self.visibility) }
            try await self.run(rule, on: queue, sendBody: { try await queue.send(body: $0) }) {
                try await queue.removeEverything()
            }
        }
    }

    private func run(
        _ rule: ConformanceCase<JobQueueSuite.Subject>, on queue: any JobQueue & DeadLetterQueue,
        sendBody: @escaping @Sendable (String) async throws -> Void, end: @escaping @Sendable () async throws -> Void
    ) async throws {
        let subject = JobQueueSuite.Subject(
            queue: queue, visibility: Self.visibility, receivesMax: Self.receivesMax,
            // The server's clock goes on by itself.
            pass: { try await Task.sleep(for: $0 + .milliseconds(100)) },
            untilPolling: { try await Task.sleep(for: .milliseconds(300)) }, sendBody: sendBody)
        try await Self.run({ try await rule.run(subject) }, end: end)
    }

    /// A rule that failed, ran out of time or was stopped leaves nothing behind either.
    private static func run(_ rule: () async throws -> Void, end: @escaping @Sendable () async throws -> Void) async throws {
        let result = await resultOf(rule)
        let ending = await resultOf { try await unstoppable(end) }
        try result.get()
        try ending.get()
    }

    static let receivesMax = 3

    // MARK: - Rules

    private func run<Subject>(
        _ subject: String, _ cases: [ConformanceCase<Subject>], together: Int,
        _ body: @escaping @Sendable (ConformanceCase<Subject>) async throws -> Void
    ) async throws -> ConformanceReport {
        var report = ConformanceReport(subject: subject, passed: 0, broken: [])
        try await withThrowingTaskGroup(of: (String, String?).self) { group in
            func note(_ result: (rule: String, problem: String?)) {
                told(result.rule, result.problem)
                guard let problem = result.problem else { return report.passed += 1 }
                report.broken.append(ConformanceReport.Broken(rule: result.rule, reason: problem))
            }
            for (index, rule) in cases.enumerated() {
                if index >= together, let result = try await group.next() { note(result) }
                group.addTask { (rule.name, await Self.problem { try await body(rule) }) }
            }
            for try await result in group { note(result) }
        }
        return report
    }

    /// - Returns: `nil` when all is well.
    private static func problem(_ body: @escaping @Sendable () async throws -> Void) async -> String? {
        do {
            try await withTimeout(ruleTimeMax, clock: SystemClock(), doing: "the rule", body)
            return nil
        } catch {
            return (error as? ANBError)?.operatorMessage ?? "\(error)"
        }
    }
}
