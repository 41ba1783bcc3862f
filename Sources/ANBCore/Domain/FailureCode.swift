/// Why a clip is refused, could not be made, or is not shown: a stable name beside the sentence, so that pages, apps and
/// receivers of webhooks can say it in words of their own.
public enum FailureCode: String, Hashable, Sendable, Codable, CaseIterable {
    /// The file has no bytes.
    case fileEmpty = "file_empty"
    /// No container that the contest takes, or one without a picture.
    case notAVideo = "not_a_video"
    case codecNotAccepted = "codec_not_accepted"
    case tooManyTracks = "too_many_tracks"
    case tooManyFrames = "too_many_frames"
    case tooShort = "too_short"
    case tooLong = "too_long"
    /// Less than the contest's own rule asks for.
    case resolutionTooLow = "resolution_too_low"
    case pictureTooSmall = "picture_too_small"
    case pictureTooLarge = "picture_too_large"
    case pictureTooNarrow = "picture_too_narrow"
    /// Too few different pictures.
    case pictureStandsStill = "picture_stands_still"
    /// The file claims more than it holds, or what it holds cannot be decoded.
    case fileDamaged = "file_damaged"
    /// The stored upload is gone or is not what was uploaded: a fault of ours that only another upload mends.
    case originalLost = "original_lost"
    /// No sign of life for too long.
    case timedOut = "timed_out"
    /// Anything else; operators find the reason at the job.
    case processingFailed = "processing_failed"
    /// A moderator decided against it; the sentence is the moderator's.
    case rejected
}
