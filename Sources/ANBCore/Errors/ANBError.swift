/// The one error every module of the platform throws.
///
/// A caller decides from ``recovery`` what to do next, a client sees only ``userMessage``, an operator reads
/// ``operatorMessage`` and ``cause``. The two texts are apart so that a log line may name a host or a key and
/// an answer over HTTP never does.
public struct ANBError: Error, Sendable {
    /// What went wrong, as a stable name. Raw values appear in logs, job rows and problem documents.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// As in logs, job rows and problem documents.
        public let rawValue: String
        /// A code of your own; it is answered as an internal error over HTTP.
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// The request is malformed or a value is out of range.
        public static let invalidRequest = Code(rawValue: "invalid_request")
        /// No identity, or one that does not hold.
        public static let unauthenticated = Code(rawValue: "unauthenticated")
        /// The identity is known and may not do this.
        public static let forbidden = Code(rawValue: "forbidden")
        /// What was named does not exist, or is not visible to the caller.
        public static let notFound = Code(rawValue: "not_found")
        /// The state of the thing forbids the action now.
        public static let conflict = Code(rawValue: "conflict")
        /// More bytes than a limit allows.
        public static let tooLarge = Code(rawValue: "too_large")
        /// The caller sends too often.
        public static let rateLimited = Code(rawValue: "rate_limited")
        /// The same request is being worked on right now.
        public static let inProgress = Code(rawValue: "in_progress")
        /// The same idempotency key came with another request.
        public static let idempotencyMismatch = Code(rawValue: "idempotency_mismatch")
        /// A media file is refused by policy or cannot be decoded. Retrying the same bytes cannot help.
        public static let mediaRejected = Code(rawValue: "media_rejected")
        /// The media engine or its child process failed in a way that may not be the file's fault.
        public static let mediaFailed = Code(rawValue: "media_failed")
        /// A conditional write found that its condition does not hold.
        public static let preconditionFailed = Code(rawValue: "precondition_failed")
        /// A write carried a fence that is no longer the current one.
        public static let staleFence = Code(rawValue: "stale_fence")
        /// Bytes were sent for another place in the upload than the one it is at.
        public static let offsetMismatch = Code(rawValue: "offset_mismatch")
        /// Bytes do not have the checksum that came with them.
        public static let checksumMismatch = Code(rawValue: "checksum_mismatch")
        /// What was named existed, and was given up.
        public static let gone = Code(rawValue: "gone")
        /// A dependency cannot be reached or does not answer in time.
        public static let unavailable = Code(rawValue: "unavailable")
        /// The platform is at one of its limits; the same request may pass later.
        public static let overloaded = Code(rawValue: "overloaded")
        /// Stored data or an answer of a dependency is not what it must be.
        public static let corrupted = Code(rawValue: "corrupted")
        /// Settings do not make sense; the process must not start.
        public static let misconfigured = Code(rawValue: "misconfigured")
        /// A fault of the platform itself.
        public static let `internal` = Code(rawValue: "internal")
    }

    /// What the caller may do about it.
    public enum Recovery: Hashable, Sendable {
        /// The same call may succeed at once, for example after a serialisation failure.
        case retryNow
        /// The same call may succeed after at least this long.
        case retryLater(after: Duration)
        /// The same call will fail again.
        case never
    }

    /// What went wrong.
    public var code: Code
    /// What the caller may do about it.
    public var recovery: Recovery
    /// For logs: may name hosts, keys and settings, never secrets.
    public var operatorMessage: String
    /// For the person at the other end: says what is wrong and what would be right.
    public var userMessage: String
    /// What is wrong with a clip, when that is what this is about.
    public var failureCode: FailureCode?
    /// The error below this one, if any.
    public var cause: (any Error)?

    /// - Parameters:
    ///   - code: What went wrong.
    ///   - recovery: What the caller may do; `.never` unless told.
    ///   - failureCode: What is wrong with a clip.
    ///   - userMessage: Safe to show to anyone.
    ///   - operatorMessage: For logs; the user's text when left out.
    ///   - cause: The error below this one.
    public init(
        _ code: Code,
        _ userMessage: String,
        operatorMessage: String? = nil,
        recovery: Recovery = .never,
        failureCode: FailureCode? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.recovery = recovery
        self.failureCode = failureCode
        self.userMessage = userMessage
        self.operatorMessage = operatorMessage ?? userMessage
        self.cause = cause
    }
}

extension ANBError: CustomStringConvertible {
    public var description: String {
        let below = cause.map { " (cause: \($0))" } ?? ""
        return "\(code): \(operatorMessage)\(below)"
    }
}

extension ANBError {
    /// A fault whose details stay in the logs.
    public static func `internal`(_ operatorMessage: String, cause: (any Error)? = nil) -> ANBError {
        ANBError(
            .internal, "Something went wrong on our side. Please try again later.",
            operatorMessage: operatorMessage, cause: cause)
    }

    /// A dependency is out of reach for now.
    public static func unavailable(
        _ operatorMessage: String, after delay: Duration = .seconds(1), cause: (any Error)? = nil
    ) -> ANBError {
        ANBError(
            .unavailable, "The service is temporarily unavailable. Please try again later.",
            operatorMessage: operatorMessage, recovery: .retryLater(after: delay), cause: cause)
    }
}
