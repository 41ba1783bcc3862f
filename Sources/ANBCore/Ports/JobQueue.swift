/// The bell that wakes workers. It carries job ids; the ledger decides whether a job may run.
///
/// Rules: a sent message is delivered at least once, perhaps more, perhaps late, perhaps out of order. A message that
/// was received and neither acknowledged nor extended comes back after its visibility timeout; one that came back
/// more often than the backend's maximum goes to the dead letters. Acknowledging twice, or too late, is harmless.
public protocol JobQueue: Sendable {
    /// Sends every message; a repeated `jobID` may be dropped as a duplicate.
    func send(_ messages: [JobMessage]) async throws

    /// Waits until at least one message is there or `wait` has passed.
    /// - Parameters:
    ///   - limit: 1…10.
    ///   - wait: 0…20 s, the longest long poll of SQS.
    func receive(limit: Int, wait: Duration) async throws -> [JobDelivery]

    /// Keeps a delivery from coming back for `visibility` from now.
    func extend(_ delivery: JobDelivery, by visibility: Duration) async throws

    /// Done with it: never delivered again.
    func acknowledge(_ delivery: JobDelivery) async throws

    /// Done with all of them.
    func acknowledge(_ deliveries: [JobDelivery]) async throws

    /// Not now: delivered again after `delay`.
    func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws

    /// How many messages wait, are in flight, are delayed, are dead. Approximate on distributed backends.
    func depth() async throws -> QueueDepth

    /// Whether the queue answers; for readiness.
    func check() async throws

    /// Whether a delivery that nobody ended holds up the later messages of its ``JobMessage/groupID``.
    var keepsGroupsInOrder: Bool { get }

    /// Whether messages outlive the process that sent them. If not, a starting process rings for every job that waits.
    var outlivesProcess: Bool { get }
}

extension JobQueue {
    /// `false`, as of most queues.
    public var keepsGroupsInOrder: Bool { false }

    /// `false`, which costs rings and loses none.
    public var outlivesProcess: Bool { false }
}

extension JobQueue {
    /// One after the other, for a backend without a better way.
    public func acknowledge(_ deliveries: [JobDelivery]) async throws {
        for delivery in deliveries { try await acknowledge(delivery) }
    }
}

/// The messages a queue gave up on. Separate from ``JobQueue`` because only operators need it.
public protocol DeadLetterQueue: Sendable {
    /// - Parameter limit: 1…1,000.
    func deadLetters(limit: Int) async throws -> [DeadLetter]
    /// Sends them again and takes them out. What fails for one letter does not keep the others.
    /// - Returns: What became of each.
    func replay(_ ids: Set<String>) async throws -> [String: DeadLetterFate]
    /// Drops them. What fails for one letter does not keep the others.
    /// - Returns: What became of each.
    func purge(_ ids: Set<String>) async throws -> [String: DeadLetterFate]
}

/// What became of one dead letter that was to be replayed or purged.
public enum DeadLetterFate: Hashable, Sendable {
    /// As was wanted.
    case done
    /// There is none of this id: somebody else took it out, or it never was.
    case absent
    /// It is still there; the reason is for operators.
    case failed(reason: String)
}

/// What a queue message says. The JSON form is fixed, because other systems read it.
public struct JobMessage: Hashable, Sendable, Codable {
    /// Whom the bell rings for.
    public var jobID: JobID
    /// What the job does, for readers of the queue.
    public var kind: Job.Kind
    /// What it is about.
    public var videoID: VideoID
    /// Whose it is.
    public var userID: UserID
    /// Empty for jobs that have no original.
    public var originalKey: String
    /// In every log line about the job.
    public var correlationID: String
    /// For readers of the queue; the recipe itself is the worker's.
    public var transformations: [String]
    /// Version of this form: 1.
    public var schema: Int

    /// A message of these values.
    public init(
        jobID: JobID, kind: Job.Kind, videoID: VideoID, userID: UserID, originalKey: String, correlationID: String,
        transformations: [String] = ["trim", "720p", "480p", "thumbnail", "watermark", "bumpers", "mute"],
        schema: Int = 1
    ) {
        self.jobID = jobID
        self.kind = kind
        self.videoID = videoID
        self.userID = userID
        self.originalKey = originalKey
        self.correlationID = correlationID
        self.transformations = transformations
        self.schema = schema
    }

    /// The message for a job.
    public init(_ job: Job, originalKey: ObjectKey? = nil) {
        self.init(
            jobID: job.id, kind: job.kind, videoID: job.videoID, userID: job.userID,
            originalKey: originalKey?.description ?? "", correlationID: job.correlationID)
    }

    /// The ordering group on queues that have one.
    public var groupID: String { "user_\(userID)" }

    enum CodingKeys: String, CodingKey {
        case kind, transformations, schema
        case jobID = "job_id"
        case videoID = "video_id"
        case userID = "user_id"
        case originalKey = "s3_key_original"
        case correlationID = "correlation_id"
    }
}

/// One delivery of one message.
public struct JobDelivery: Hashable, Sendable {
    /// What was delivered.
    public var message: JobMessage
    /// The backend's handle for this delivery.
    public var receipt: String
    /// How often the message was delivered, this time included.
    public var receiveCount: Int

    /// A delivery as a backend makes it.
    public init(message: JobMessage, receipt: String, receiveCount: Int) {
        self.message = message
        self.receipt = receipt
        self.receiveCount = receiveCount
    }
}

/// How many messages a queue holds, as far as it tells.
public struct QueueDepth: Hashable, Sendable, Codable {
    /// To be delivered now.
    public var ready: Int
    /// Delivered, and neither acknowledged nor come back.
    public var inFlight: Int
    /// To be delivered later.
    public var delayed: Int
    /// Given up.
    public var dead: Int

    enum CodingKeys: String, CodingKey {
        case ready, delayed, dead
        case inFlight = "in_flight"
    }

    /// Messages by what is to become of them.
    public init(ready: Int, inFlight: Int, delayed: Int, dead: Int) {
        self.ready = ready
        self.inFlight = inFlight
        self.delayed = delayed
        self.dead = dead
    }
}

/// A message that was given up.
public struct DeadLetter: Hashable, Sendable {
    /// The backend's name for it.
    public var id: String
    /// The body as it came; it may be no valid message at all.
    public var body: String
    /// Why it was given up.
    public var reason: String
    /// How often it was delivered; 0 where the backend does not tell.
    public var receiveCount: Int

    /// A letter as a backend finds it.
    public init(id: String, body: String, reason: String, receiveCount: Int) {
        self.id = id
        self.body = body
        self.reason = reason
        self.receiveCount = receiveCount
    }
}
