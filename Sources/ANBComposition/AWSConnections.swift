import ANBAWS
import ANBCore
import ANBQueue
import ANBStorage
import Logging

/// The connections and the credentials that the AWS backends of one process share.
struct AWSConnections: Sendable {
    private let settings: AWSSettings
    private let http = AWSHTTP()
    private let credentials: RefreshingCredentials
    private let logger: Logger

    /// Opens no connection yet. Close it in any case.
    static func prepare(_ settings: AWSSettings, logger: Logger) async throws -> AWSConnections? {
        settings.s3 == nil && settings.sqs == nil ? nil : try await AWSConnections(settings, logger: logger)
    }

    private init(_ settings: AWSSettings, logger: Logger) async throws {
        self.settings = settings
        self.logger = logger
        do {
            credentials = RefreshingCredentials(
                try CredentialChain.standard(settings.variables, region: settings.region, http: http))
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// - Returns: `nil` when objects lie elsewhere.
    /// - Throws: ``ANBError`` telling in one line why the buckets cannot be used.
    func objectStore() async throws -> S3ObjectStore? {
        guard let settings = settings.s3 else { return nil }
        return try await blamingAWS(
            thing: ["S3_BUCKET"] + (settings.processedBucket == nil ? [] : ["S3_PROCESSED_BUCKET"]),
            place: settings.endpoint == nil ? ["S3_REGION"] : ["S3_ENDPOINT_URL", "S3_FORCE_PATH_STYLE"]
        ) {
            let service = try S3Service(settings, http: http, credentials: credentials, logger: logger)
            let store = try S3ObjectStore(settings, service: service, logger: logger)
            try await store.check()
            return store
        }
    }

    /// A store for trials in the same bucket.
    /// - Parameter prefix: Of its keys, behind that of the settings; ends with `/`.
    func objectStore(below prefix: String) throws -> S3ObjectStore {
        guard var settings = settings.s3 else { throw ANBError.internal("objects lie elsewhere") }
        settings.prefix += settings.prefix.isEmpty || settings.prefix.hasSuffix("/") ? prefix : "/" + prefix
        return try S3ObjectStore(
            settings, service: try S3Service(settings, http: http, credentials: credentials, logger: logger), logger: logger)
    }

    /// New queues of the same kind at the same place, for one trial.
    func throwawayQueue(visibility: Duration) async throws -> SQSJobQueue {
        guard let settings = settings.sqs?.throwaway(visibility: visibility) else {
            throw ANBError.internal("another bell is used")
        }
        return try await aboutQueue(settings) {
            _ = try await SQSQueueSetup(settings, service: service(settings)).run()
            return try await SQSJobQueue.open(settings, service: service(settings), logger: logger)
        }
    }

    /// - Throws: ``ANBError`` when there are none, or the service that gives them does not answer.
    func checkCredentials() async throws {
        try await blaming(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) { _ = try await credentials.credentials() }
    }

    /// - Returns: `nil` when another bell is used.
    /// - Throws: ``ANBError`` telling in one line why the queue cannot be used.
    func jobQueue() async throws -> SQSJobQueue? {
        guard let settings = settings.sqs else { return nil }
        return try await aboutQueue(settings) {
            try await SQSJobQueue.open(settings, service: service(settings), logger: logger)
        }
    }

    /// - Returns: `nil` when another bell is used.
    func setUpQueues() async throws -> SQSQueueSetup.Outcome? {
        guard let settings = settings.sqs else { return nil }
        return try await aboutQueue(settings) { try await SQSQueueSetup(settings, service: service(settings)).run() }
    }

    private func aboutQueue<Value>(_ settings: SQSSettings, _ body: () async throws -> Value) async throws -> Value {
        let queue = if case .url = settings.queue { "SQS_QUEUE_URL" } else { "SQS_QUEUE_NAME" }
        return try await blamingAWS(
            thing: [queue] + (settings.deadLetterARN == nil ? [] : ["SQS_DLQ_ARN"]),
            place: settings.endpoint != nil ? ["SQS_ENDPOINT_URL"] : queue == "SQS_QUEUE_URL" ? [queue] : ["AWS_REGION"], body)
    }

    func close() async throws { try await http.shutdown() }

    private func service(_ settings: SQSSettings) throws -> SQSService {
        try SQSService(settings, http: http, credentials: credentials, logger: logger)
    }
}
