import ANBCore
import ANBMedia
import ANBPersistence
import ANBQueue
import ANBStorage
import Foundation
import Logging
import NIOCore

/// One thing that was looked at before or while the platform runs.
public struct Finding: Sendable, Encodable {
    public enum State: String, Sendable, Encodable {
        case ok, failed
        /// There is nothing to look at with these settings.
        case unused
    }

    public var name: String
    public var state: State
    /// What was found.
    public var detail: String
    /// What to do; `nil` when nothing is.
    public var advice: String?
}

/// Looks at everything that the platform needs, with the settings it would have, and changes nothing but a trial object
/// that it removes.
public struct Doctor: Sendable {
    private let settings: Settings
    private let logger = Logger(label: "anb-worker")

    /// - Returns: One finding for each thing, whatever happens.
    public static func examine(_ sources: SettingSources) async -> [Finding] {
        do {
            let settings = try Settings(sources)
            return [configuration(sources)] + (await Doctor(settings: settings).examine())
        } catch {
            return [failure("configuration", error, "Set it right; anb-api config prints every setting and where it came from.")]
        }
    }

    private static func configuration(_ sources: SettingSources) -> Finding {
        let set = Setting.all.filter { ((try? sources.find($0))?.source ?? "default") != "default" }
        let names = set.isEmpty ? "all defaults" : "set: " + set.map(\.name).joined(separator: ", ")
        let strangers = sources.strangers.isEmpty ? "" : "; no settings of ours: " + sources.strangers.joined(separator: ", ")
        return Finding(name: "configuration", state: .ok, detail: names + strangers)
    }

    private func examine() async -> [Finding] {
        var findings = [await database()]
        let aws = try? await AWSConnections.prepare(settings.aws, logger: logger)
        findings.append(await credentials(aws))
        findings.append(await storage(aws))
        findings.append(await queue(aws))
        findings.append(await counters())
        findings.append(await media())
        findings.append(sandbox())
        findings += await disks()
        try? await aws?.close()
        return findings
    }

    // MARK: - Servers

    private func database() async -> Finding {
        await look(
            "database",
            "Is the server up, may this user log in, is the schema this program's? anb-api migrate brings it up to date."
        ) {
            let database = try await settings.database.existing()
            do {
                try await database.check()
                try await database.close()
            } catch {
                try? await database.close()
                throw error
            }
            return "\(settings.database.kind), schema up to date"
        }
    }

    private func credentials(_ aws: AWSConnections?) async -> Finding {
        guard settings.aws.s3 != nil || settings.aws.sqs != nil else {
            return unused("credentials", "neither S3 nor SQS is used")
        }
        return await look("credentials", "Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the task or instance a role.") {
            guard let aws else { throw Self.noCredentials }
            try await aws.checkCredentials()
            return "found"
        }
    }

    private static let noCredentials = ANBError(.misconfigured, "The search for credentials is not set up correctly.")

    private func storage(_ aws: AWSConnections?) async -> Finding {
        await look("storage", "The rights that are needed are in Docs/AWS.md; anb-worker conformance tries every rule.") {
            guard settings.aws.s3 == nil || aws != nil else { throw Self.noCredentials }
            let signer = try LocalURLSigner(secret: Data(SystemIDs().randomBytes(32)))
            let store = try await Assembly.openObjects(settings, signer, aws)
            // Where a worker's role may write. Published videos may have a bucket of their own.
            for prefix in ["originals", "processed"] { try await trial(store, below: prefix) }
            let place = settings.aws.s3.map { s3 in
                s3.processedBucket.map { "S3 buckets \(s3.bucket), \($0)" } ?? "S3 bucket \(s3.bucket)"
            }
            return "\(place ?? "folder \(settings.storagePath)"): originals/ and processed/ written, read, removed"
        }
    }

    private func trial(_ store: any ObjectStore, below prefix: String) async throws {
        let key = try ObjectKey("\(prefix)/doctor/\(UUID().uuidString.lowercased())")
        let body = ByteBuffer(string: "written by anb-worker doctor")
        try await store.write(key, .bytes(body))
        let found = await resultOf { try await store.read(key).collect(upTo: 1024) }
        try await unstoppable { try await store.delete(key) }
        guard try found.get() == body else { throw ANBError.unavailable("\(key) came back as something else") }
    }

    private func queue(_ aws: AWSConnections?) async -> Finding {
        guard settings.redis != nil || settings.aws.sqs != nil else {
            return unused("queue", "in memory: one process, or workers that look into the database themselves")
        }
        return await look("queue", "Is the server up? SQS queues are made and repaired by anb-worker setup-queues.") {
            if let redis = settings.redis {
                let queue = try await redis.openQueue(logger)
                let depth = await resultOf { try await queue.depth() }
                await queue.close()
                return try Self.describe("Redis", depth.get())
            }
            guard let depth = try await aws?.jobQueue()?.depth() else { throw Self.noCredentials }
            return Self.describe("SQS", depth)
        }
    }

    private static func describe(_ name: String, _ depth: QueueDepth) -> String {
        "\(name): \(depth.ready) ready, \(depth.inFlight) in flight, \(depth.delayed) delayed, \(depth.dead) dead"
    }

    /// The servers behind limits and kept pages.
    private func counters() async -> Finding {
        await look("rates and pages", "Is the server of REDIS_URL up? Without it each process counts alone.") {
            await (try settings.rates.open(logger)).close()
            await (try settings.boards.open()).close()
            return "usable"
        }
    }

    // MARK: - This machine

    private func media() async -> Finding {
        await look(
            "libav", "Install the libraries of Debian's ffmpeg, and look at ANB_INTRO_PATH, ANB_OUTRO_PATH, ANB_WATERMARK_PATH."
        ) {
            try await ChildProcessMediaEngine().validate(settings.rules.recipe, limits: settings.rules.mediaLimits)
            return MediaSandbox.libraries
        }
    }

    private func sandbox() -> Finding {
        let missing = MediaSandbox.missingProtections
        return Finding(
            name: "sandbox", state: missing.isEmpty ? .ok : .failed,
            detail: missing.isEmpty ? MediaSandbox.protections : "this kernel has no " + missing.joined(separator: " and no "),
            advice: missing.isEmpty
                ? nil
                : "Decoding goes on with what is left; run workers where the container's profile and the kernel (5.13 or later) allow it."
        )
    }

    private func disks() async -> [Finding] {
        var folders = [settings.dataDirectory]
        if settings.aws.s3 == nil, !settings.storagePath.hasPrefix(settings.dataDirectory + "/") {
            folders.append(settings.storagePath)
        }
        var findings: [Finding] = []
        for folder in folders {
            let advice =
                "Make room, or give \(folder) a larger disk; /ready answers 503 below \(DiskSpace.freeBytesMin >> 20) MiB."
            findings.append(
                await look("disk", advice) {
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    let space = DiskSpace(path: folder)
                    try await space.check()
                    return "\(folder): \(try await space.freeBytes() >> 20) MiB free"
                })
        }
        return findings
    }

    // MARK: - Findings

    private static let patience = Duration.seconds(30)

    private func look(_ name: String, _ advice: String, _ body: @escaping @Sendable () async throws -> String) async -> Finding {
        do {
            let detail = try await withTimeout(Self.patience, clock: SystemClock(), doing: "looking at the \(name)", body)
            return Finding(name: name, state: .ok, detail: detail)
        } catch {
            return Self.failure(name, error, advice)
        }
    }

    private func unused(_ name: String, _ detail: String) -> Finding { Finding(name: name, state: .unused, detail: detail) }

    private static func failure(_ name: String, _ error: any Error, _ advice: String) -> Finding {
        Finding(
            name: name, state: .failed, detail: (error as? ANBError)?.operatorMessage ?? "\(error)", advice: advice)
    }
}
