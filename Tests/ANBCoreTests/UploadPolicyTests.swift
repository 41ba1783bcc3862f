import ANBCore
import Testing

struct UploadPolicyTests {
    private let contest = UploadPolicy(durationSecondsMin: 20, durationSecondsMax: 60, heightPixelsMin: 1080)

    private func clip(seconds: Double, width: Int = 1920, height: Int = 1080) -> MediaInfo {
        MediaInfo(
            container: "mov", videoCodec: "h264", width: width, height: height, rotationDegrees: 0, frameRate: 30,
            durationSeconds: seconds, pixelFormat: "yuv420p", isInterlaced: false, isHighDynamicRange: false, hasAudio: true,
            byteCount: 1)
    }

    @Test(arguments: [20.0, 19.98, 60, 60.04, 42])
    func durationsWithinTheRulePass(_ seconds: Double) throws { try contest.check(clip(seconds: seconds)) }

    @Test(arguments: [19.9, 60.1, 0, 3600])
    func durationsOutsideAreRefusedWithTheRule(_ seconds: Double) {
        let error = #expect(throws: ANBError.self) { try contest.check(clip(seconds: seconds)) }
        #expect(error?.code == .mediaRejected)
        #expect(error?.userMessage.contains(seconds < 20 ? "at least 20 s" : "at most 60 s") == true)
        #expect(error?.failureCode == (seconds < 20 ? .tooShort : .tooLong))
    }

    @Test func theShorterSideCounts() throws {
        try contest.check(clip(seconds: 30, width: 1080, height: 1920))
        #expect(throws: ANBError.self) { try contest.check(clip(seconds: 30, width: 1920, height: 1079)) }
    }

    @Test func theDefaultTakesAnyRealClip() throws {
        try UploadPolicy().check(clip(seconds: 1, width: 320, height: 180))
        #expect(throws: ANBError.self) { try UploadPolicy().check(clip(seconds: 0.9)) }
    }
}
