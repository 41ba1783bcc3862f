/// Every limit of the platform that is not a media limit (``MediaLimits``) or an edge limit of the HTTP server.
public struct Limits: Hashable, Sendable {
    /// Entries of one page of any list.
    public static let pageSizeMax = 100
    /// Characters of a title.
    public static let titleCharactersMax = 200
    /// Characters of each of first name, last name, city and country.
    public static let nameCharactersMax = 100
    /// Bytes of the same; one character may be made of any number of marks.
    public static let nameBytesMax = 400
    /// Characters of the reason for a decision of a moderator or an operator.
    public static let reasonCharactersMax = 500
    /// Bytes of the same.
    public static let reasonBytesMax = 2000
    /// Bytes of a title.
    public static let titleBytesMax = 1600
    /// Bytes of an e-mail address (RFC 5321 §4.5.3.1.3, less the brackets).
    public static let emailBytesMax = 254
    /// Characters of a password, in its normal form.
    public static let passwordCharactersMin = 8
    /// Bytes; hashing cost must not depend on a stranger's wish.
    public static let passwordBytesMax = 128
    /// Characters of an `Idempotency-Key`.
    public static let idempotencyKeyCharactersMax = 255

    /// Bytes of one uploaded video.
    public var uploadBytesMax: Int64 = 100 << 20
    /// Uploads that one process receives at the same time.
    public var concurrentUploadsMax = 64
    /// Of these, uploads of any one account, so that one person cannot keep everyone else out.
    public var concurrentUploadsPerUserMax = 16
    /// Videos that any one account may upload on one day (UTC); 0 is no limit.
    public var uploadsPerUserAndDayMax = 200
    /// Bytes of these together; 0 is no limit.
    public var uploadBytesPerUserAndDayMax: Int64 = 10 << 30
    /// Unfinished uploads in parts of any one account.
    public var openUploadSessionsPerUserMax = 32
    /// How long an upload in parts waits for its next byte before a sweeper gives it up.
    public var uploadSessionSeconds: Int64 = 24 * 3600
    /// How long the lease of an upload in parts outlives the last word of its holder.
    public var uploadLeaseSeconds: Int64 = 6
    /// How long an upload may stay in the state `storing` before a sweeper gives it up.
    public var uploadStoringSecondsMax: Int64 = 3600
    /// How long a repeat of an idempotency key is recognised.
    public var idempotencySeconds: Int64 = 24 * 3600
    /// How long a signed URL works.
    public var signedURLSeconds: Int64 = 3600
    /// How long an object without a row is left alone, in case its row is about to be written.
    public var orphanGraceSeconds: Int64 = 3600
    /// How long finished jobs and webhooks that were given up are kept for questions.
    public var finishedJobSeconds: Int64 = 30 * 24 * 3600

    /// The contest's own limits.
    public init() {}

    var uploadQuota: UploadQuota { UploadQuota(countMax: uploadsPerUserAndDayMax, bytesMax: uploadBytesPerUserAndDayMax) }
}

/// Which clips the contest takes. Off by default, so that any real clip of a second or more works.
public struct UploadPolicy: Hashable, Sendable {
    /// Seconds. Containers round: a clip cut at 20 s may claim 19.98 s.
    public static let durationSecondsTolerance = 0.05

    /// Seconds; the contest's rule is 20.
    public var durationSecondsMin: Double
    /// Seconds; the contest's rule is 60. `nil` is no upper limit.
    public var durationSecondsMax: Double?
    /// Pixels of the shorter side as displayed; the contest's rule is 1080. `nil` is no lower limit.
    public var heightPixelsMin: Int?

    /// Takes whatever the engine takes, unless told otherwise.
    public init(durationSecondsMin: Double = 1, durationSecondsMax: Double? = nil, heightPixelsMin: Int? = nil) {
        self.durationSecondsMin = durationSecondsMin
        self.durationSecondsMax = durationSecondsMax
        self.heightPixelsMin = heightPixelsMin
    }

    /// - Throws: ``ANBError/Code/mediaRejected`` in words the player can act on.
    public func check(_ info: MediaInfo) throws {
        let tolerance = Self.durationSecondsTolerance
        if info.durationSeconds + tolerance < durationSecondsMin {
            throw Self.rejected(
                .tooShort,
                "The video is \(Self.text(info.durationSeconds)) s long; it must have at least \(Self.text(durationSecondsMin)) s."
            )
        }
        if let durationSecondsMax, info.durationSeconds > durationSecondsMax + tolerance {
            throw Self.rejected(
                .tooLong,
                "The video is \(Self.text(info.durationSeconds)) s long; it may have at most \(Self.text(durationSecondsMax)) s.")
        }
        // The shorter side, so that a portrait clip of the same quality passes too.
        if let heightPixelsMin, min(info.width, info.height) < heightPixelsMin {
            throw Self.rejected(
                .resolutionTooLow, "The video has \(info.width)×\(info.height) pixels; at least \(heightPixelsMin)p is needed.")
        }
    }

    private static func rejected(_ code: FailureCode, _ message: String) -> ANBError {
        ANBError(.mediaRejected, message, failureCode: code)
    }

    private static func text(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}
