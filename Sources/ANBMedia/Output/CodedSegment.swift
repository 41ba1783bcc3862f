import ANBCore
import CFFmpeg

/// An intro or outro that was encoded before, ready to be copied into a rendition without encoding it again.
struct CodedSegment {
    private final class Sample {
        let packet: Packet
        init(_ packet: consuming Packet) { self.packet = packet }
    }

    private let samples: [Sample]

    var frames: Int { samples.count }

    /// Reads a segment and looks at its seams.
    ///
    /// It may follow and be followed by the encoder's own frames when its parameter sets are the same bytes, its first
    /// frame is a key frame that needs nothing before it, it runs ahead by as many frames, and it has no gaps.
    /// - Parameters:
    ///   - descriptor: An MP4 that was made by this engine.
    ///   - framesMax: Longer ones are not joined.
    /// - Returns: nil when it cannot be joined: it must be encoded anew.
    init?(descriptor: Int32, fitting encoder: RenditionEncoder, framesMax: Int, interruption: Interruption) throws {
        do {
            let input = try SourceInput(descriptor: descriptor, interruption: interruption)
            let demuxer = try Demuxer(input, limits: MediaLimits())
            guard demuxer.configuration == encoder.configuration else { return nil }
            samples = try Self.read(demuxer, timeBase: encoder.timeBase, framesMax: framesMax)
        } catch let error as ANBError where error.code == .mediaRejected {
            return nil
        }
        guard let first = samples.first, first.packet.startsAnew, hasNoGaps(delay: encoder.delayFrames) else { return nil }
    }

    /// - Parameter start: The output frame at which the segment starts.
    func forEachSample(from start: Int, _ body: (borrowing Packet) throws -> Void) throws {
        let copy = try Packet()
        for sample in samples {
            try copy.share(sample.packet)
            copy.pointer.pointee.pts += Int64(start)
            copy.pointer.pointee.dts += Int64(start)
            try body(copy)
        }
    }

    private static func read(_ demuxer: Demuxer, timeBase: AVRational, framesMax: Int) throws -> [Sample] {
        var samples: [Sample] = []
        var packet = try Packet()
        while try demuxer.read(into: packet), samples.count <= framesMax {
            av_packet_rescale_ts(packet.pointer, demuxer.stream.pointee.time_base, timeBase)
            packet.pointer.pointee.pos = -1
            samples.append(Sample(packet))
            packet = try Packet()
        }
        return samples.count <= framesMax ? samples : []
    }

    /// Decoding times count up from `-delay`, showing times are the same numbers from 0 in some order.
    private func hasNoGaps(delay: Int) -> Bool {
        let decoding = samples.map { $0.packet.pointer.pointee.dts }
        let showing = samples.map { $0.packet.pointer.pointee.pts }
        return decoding.elementsEqual((0..<frames).map { Int64($0 - delay) })
            && showing.sorted().elementsEqual((0..<frames).map(Int64.init))
    }
}

extension Packet {
    /// Begins with an instantaneous refresh: no frame from here on looks back.
    fileprivate var startsAnew: Bool {
        pointer.pointee.pts == 0 && pointer.pointee.flags & AV_PKT_FLAG_KEY != 0
            && H264Bytes.firstBytes(inSample: bytes)?.contains { H264Bytes.kind(of: $0) == H264Bytes.Kind.keyPicture } == true
    }
}
