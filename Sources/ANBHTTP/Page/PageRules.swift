import ANBCore
import Foundation

/// What the page must know of this server to judge a clip before it sends a byte, and to show only what is there. The
/// server writes it into the document, so that no number is written twice.
struct PageRules: Encodable {
    /// Bytes of a clip.
    var uploadBytesMax: Int64
    /// Seconds of a clip.
    var secondsMin: Double
    /// Seconds of a clip.
    var secondsMax: Double
    var secondsTolerance = UploadPolicy.durationSecondsTolerance
    /// Pixels of the shorter side; left out when the contest has no rule.
    var shortSidePixelsMin: Int?
    /// Pixels of either side that are worth decoding.
    var sidePixelsMin: Int
    var widthPixelsMax: Int
    var heightPixelsMax: Int
    var framePixelsMax: Int
    var aspectRatioMax: Double
    var titleCharactersMax = Limits.titleCharactersMax
    var nameCharactersMax = Limits.nameCharactersMax
    var passwordCharactersMin = Limits.passwordCharactersMin
    /// Whether live progress comes as events; otherwise the page asks again and again.
    var hasEvents: Bool
    var hasModeration: Bool

    /// - Parameter paths: What else this server answers.
    init(_ rules: Contest.Rules, paths: Set<String>) {
        let (media, policy) = (rules.mediaLimits, rules.uploadPolicy)
        uploadBytesMax = rules.limits.uploadBytesMax
        secondsMin = max(policy.durationSecondsMin, media.sourceSecondsMin)
        secondsMax = min(policy.durationSecondsMax ?? .infinity, media.sourceSecondsMax)
        shortSidePixelsMin = policy.heightPixelsMin
        sidePixelsMin = media.sidePixelsMin
        widthPixelsMax = media.widthPixelsMax
        heightPixelsMax = media.heightPixelsMax
        framePixelsMax = media.framePixelsMax
        aspectRatioMax = media.aspectRatioMax
        hasEvents = paths.contains("/api/videos/:id/events")
        hasModeration = rules.isModerated && paths.contains(ModerationRoutes.listPath)
    }

    /// Finite numbers, booleans and nothing else: it always encodes.
    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
