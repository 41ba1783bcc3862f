import ANBCore
import CFFmpeg

/// Reads a finished rendition like a player would, before anybody else can.
struct OutputVerifier {
    let rendition: MediaRecipe.Rendition
    let framesPerSecond: Int
    let framesExpected: Int

    /// - Returns: Seconds the file says it lasts.
    /// - Throws: `mediaFailed` naming the first thing that is not as the recipe wants it.
    func verify(descriptor: Int32, interruption: Interruption) throws -> Double {
        do {
            return try read(descriptor, interruption)
        } catch let error as ANBError where error.code == .mediaRejected {
            throw ANBError.engine("\(rendition.name) cannot be read back", cause: error)
        }
    }

    private func read(_ descriptor: Int32, _ interruption: Interruption) throws -> Double {
        let input = try SourceInput(descriptor: descriptor, interruption: interruption)
        let layout = MP4Layout(descriptor: descriptor, byteCount: input.byteCount)
        try expect(layout.startsWithIndex, "moov in front of mdat")
        let limits = MediaLimits()
        let demuxer = try Demuxer(input, limits: limits)
        try expect(!demuxer.hasAudio, "no audio")
        let reader = try FrameReader(demuxer, limits: limits)
        let frame = try Frame()
        var frames = 0
        while try reader.next(frame) {
            try expect(frame.width == rendition.width && frame.height == rendition.height, "its size")
            try expect(frame.format == AV_PIX_FMT_YUV420P, "yuv420p")
            frames += 1
        }
        try expect(reader.badPackets == 0, "decodable frames only")
        try expect(frames == framesExpected, "\(framesExpected) frames instead of \(frames)")
        let seconds = demuxer.claimedSeconds ?? 0
        let frameSeconds = 1 / Double(framesPerSecond)
        try expect(abs(seconds - Double(framesExpected) * frameSeconds) <= frameSeconds, "its duration, not \(seconds) s")
        return seconds
    }

    private func expect(_ condition: Bool, _ what: String) throws {
        guard condition else { throw ANBError.engine("\(rendition.name) should have \(what)") }
    }
}
