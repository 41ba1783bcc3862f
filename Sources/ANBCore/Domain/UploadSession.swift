/// An upload that survives its connections: what was announced, which bytes are durable, and who is adding more.
///
/// The bytes lie in the object store, each part an object of its own below ``ObjectKey/partsPrefix(of:)``. A part counts
/// only when it is noted here, under the fence of the lease that brought it.
public struct UploadSession: Hashable, Sendable {
    /// Where an upload in parts is in its life.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Takes bytes, or has all of them and waits to become a video.
        case open
        /// Became the video of the same id.
        case completed
        /// Had all its bytes, and they were no video that the contest takes; see ``UploadSession/reason``.
        case refused
        /// Given up by its owner.
        case terminated
        /// Given up because nothing came for too long.
        case expired
    }

    /// One object of stored bytes. It begins where the part before it ends.
    public struct Part: Hashable, Sendable, Codable {
        /// Its size, 1 or more.
        public var byteCount: Int64
        /// Of the lease under which it was written; part of its key, so that no two writers share one.
        public var fence: Int64

        /// A part that is durable.
        public init(byteCount: Int64, fence: Int64) {
            self.byteCount = byteCount
            self.fence = fence
        }

        // They stand in a row once for each part.
        enum CodingKeys: String, CodingKey {
            case byteCount = "n"
            case fence = "f"
        }
    }

    /// Becomes the video's id.
    public let id: VideoID
    /// Who uploads.
    public var ownerID: UserID
    /// Of the video to be.
    public var title: String
    /// As the client sent it, to be told again; of uploads by tus.
    public var metadata: String?
    /// Of the whole file, as announced.
    public var byteCount: Int64
    /// Bytes of each part that the client brings to the store itself, the last one smaller; `nil` when the bytes come
    /// through the API.
    public var directPartBytes: Int64?
    /// What is durable, from the file's beginning on.
    public var parts: [Part]
    /// Becomes the job's id.
    public var jobID: JobID
    /// Only an `open` one takes bytes.
    public var state: State
    /// For the player, when `refused`.
    public var reason: String?
    /// What is wrong with the clip, when `refused`.
    public var failureCode: FailureCode?
    /// Counts the leases there have been.
    public var fence: Int64
    /// Which request holds the lease, for operators.
    public var leaseOwner: String?
    /// `nil` when nobody holds it.
    public var leaseUntil: Timestamp?
    /// When it was announced.
    public var createdAt: Timestamp
    /// When a sweeper may act on it: give up while `open`, forget otherwise.
    public var expiresAt: Timestamp

    /// An upload as it is in the database; a new one has no parts and no lease.
    public init(
        id: VideoID, ownerID: UserID, title: String, metadata: String? = nil, byteCount: Int64, directPartBytes: Int64? = nil,
        parts: [Part] = [], jobID: JobID, state: State = .open, reason: String? = nil,
        failureCode: FailureCode? = nil, fence: Int64 = 0, leaseOwner: String? = nil, leaseUntil: Timestamp? = nil,
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.metadata = metadata
        self.byteCount = byteCount
        self.directPartBytes = directPartBytes
        self.parts = parts
        self.jobID = jobID
        self.state = state
        self.reason = reason
        self.failureCode = failureCode
        self.fence = fence
        self.leaseOwner = leaseOwner
        self.leaseUntil = leaseUntil
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Bytes that are durable, from the beginning.
    public var offset: Int64 { parts.totalByteCount }

    /// The keys of the noted parts, in order.
    func partKeys() throws -> [ObjectKey] {
        var start: Int64 = 0
        return try parts.map { part in
            defer { start += part.byteCount }
            return try .part(of: id, start: start, fence: part.fence)
        }
    }

    /// The parts that a client brings to the store itself; empty when they come through the API.
    var directParts: [Part] {
        guard let directPartBytes else { return [] }
        return stride(from: 0, to: byteCount, by: Int64.Stride(directPartBytes)).map {
            Part(byteCount: min(directPartBytes, byteCount - $0), fence: 0)
        }
    }
}

extension [UploadSession.Part] {
    /// Bytes of all of them.
    public var totalByteCount: Int64 { reduce(0) { $0 + $1.byteCount } }
}

extension ObjectKey {
    /// Every part of an upload lies below this prefix.
    public static func partsPrefix(of upload: VideoID) -> String { "uploads/\(upload)/" }

    static func part(of upload: VideoID, start: Int64, fence: Int64) throws -> ObjectKey {
        try ObjectKey("\(partsPrefix(of: upload))\(start)-\(fence)")
    }
}
