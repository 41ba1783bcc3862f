import ANBCore
import CFFmpeg

/// Reads a finished rendition back, before anybody else can.
///
/// Its samples were decoded while they were written; here every byte must be one of those.
struct OutputVerifier {
    let rendition: MediaRecipe.Rendition
    let framesPerSecond: Int
    let configuration: H264Configuration
    /// Of the samples as they were judged.
    let checksums: [UInt32]

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
        try expect(MP4Layout(descriptor: descriptor, byteCount: input.byteCount).startsWithIndex, "moov in front of mdat")
        let demuxer = try Demuxer(input, limits: MediaLimits())
        try expect(!demuxer.hasAudio, "no audio")
        let parameters = demuxer.stream.pointee.codecpar.pointee
        try expect(parameters.width == rendition.width && parameters.height == rendition.height, "its size")
        try expect(demuxer.configuration == configuration, "its parameter sets")
        let packet = try Packet()
        var frames = 0
        while try demuxer.read(into: packet) {
            try expect(frames < checksums.count && packet.checksum == checksums[frames], "sample \(frames) as it was written")
            frames += 1
        }
        try expect(frames == checksums.count, "\(checksums.count) frames instead of \(frames)")
        let seconds = demuxer.claimedSeconds ?? 0
        let frameSeconds = 1 / Double(framesPerSecond)
        try expect(abs(seconds - Double(frames) * frameSeconds) <= frameSeconds, "its duration, not \(seconds) s")
        return seconds
    }

    private func expect(_ condition: Bool, _ what: String) throws {
        guard condition else { throw ANBError.engine("\(rendition.name) should have \(what)") }
    }
}

extension Demuxer {
    /// The stream's parameter sets as the file stores them.
    var configuration: H264Configuration {
        let parameters = stream.pointee.codecpar.pointee
        return H264Configuration(
            bytes: Array(UnsafeBufferPointer(start: parameters.extradata, count: max(0, Int(parameters.extradata_size)))))
    }
}
