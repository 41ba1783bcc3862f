/// Why a clip is refused, could not be made, or is not shown: a stable name beside the sentence, so that pages, apps and
/// receivers of webhooks can say it in words of their own.
public enum FailureCode: String, Hashable, Sendable, Codable, CaseIterable {
    /// The file has no bytes.
    case fileEmpty = "file_empty"
    /// No container that the contest takes, or one without a picture.
    case notAVideo = "not_a_video"
    /// A codec that the contest does not decode.
    case codecNotAccepted = "codec_not_accepted"
    /// More streams than the engine looks at.
    case tooManyTracks = "too_many_tracks"
    /// More pictures than a clip of its length can have.
    case tooManyFrames = "too_many_frames"
    /// Fewer seconds than the contest or the engine asks for.
    case tooShort = "too_short"
    /// More seconds than the contest or the engine takes.
    case tooLong = "too_long"
    /// Less than the contest's own rule asks for.
    case resolutionTooLow = "resolution_too_low"
    /// Sides that are not worth a decoder.
    case pictureTooSmall = "picture_too_small"
    /// More pixels than the engine decodes.
    case pictureTooLarge = "picture_too_large"
    /// One side too many times as long as the other.
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
