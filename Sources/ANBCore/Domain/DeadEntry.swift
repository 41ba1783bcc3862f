/// One thing that was given up: a job of the ledger or a message of the queue.
package struct DeadEntry: Hashable, Sendable {
    /// Where it lies, and its name there. The text form is `job:ID` or `queue:ID`.
    package enum ID: Hashable, Sendable, CustomStringConvertible {
        case job(JobID)
        case message(String)

        /// `nil` when the text is neither `job:` and a UUID nor `queue:` and a name.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            switch parts[0] {
            case "job":
                guard let id = JobID(parts[1]) else { return nil }
                self = .job(id)
            case "queue": self = .message(parts[1])
            default: return nil
            }
        }

        package var description: String {
            switch self {
            case .job(let id): "job:\(id)"
            case .message(let name): "queue:\(name)"
            }
        }
    }

    package var id: ID
    /// For operators.
    package var reason: String
    /// Runs of a job, deliveries of a message.
    package var attempts: Int
    /// `nil` for a message: queues do not tell.
    package var diedAt: Timestamp?
    /// `nil` for a message.
    package var job: Job?
    /// As it came, perhaps from elsewhere; `nil` for a job.
    package var body: String?

    /// What entries of one cause share.
    package var fingerprint: String { FailureFingerprint.of(reason) }

    package init(_ job: Job) {
        id = .job(job.id)
        reason = job.reason ?? ""
        attempts = job.attempt
        diedAt = job.finishedAt
        self.job = job
    }

    package init(_ letter: DeadLetter) {
        id = .message(letter.id)
        reason = letter.reason
        attempts = letter.receiveCount
        body = letter.body
    }
}

extension DeadEntry: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, reason, fingerprint, attempts, kind, body
        case diedAt = "died_at"
        case videoID = "video_id"
        case userID = "user_id"
        case correlationID = "correlation_id"
        case workerDeaths = "worker_deaths"
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id.description, forKey: .id)
        try values.encode(reason, forKey: .reason)
        try values.encode(fingerprint, forKey: .fingerprint)
        try values.encode(attempts, forKey: .attempts)
        try values.encodeIfPresent(diedAt?.description, forKey: .diedAt)
        try values.encodeIfPresent(job?.kind, forKey: .kind)
        try values.encodeIfPresent(job?.videoID, forKey: .videoID)
        try values.encodeIfPresent(job?.userID, forKey: .userID)
        try values.encodeIfPresent(job?.correlationID, forKey: .correlationID)
        try values.encodeIfPresent(job?.workerDeaths, forKey: .workerDeaths)
        try values.encodeIfPresent(body, forKey: .body)
    }
}
