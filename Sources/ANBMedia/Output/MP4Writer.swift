import ANBCore
import CFFmpeg

/// One silent H.264 track in an MP4 whose index stands in front.
///
/// The muxer's own `faststart` reopens the file by name, which a descriptor has not; room for the index is
/// kept free instead.
final class MP4Writer {
    /// Index bytes for one frame (size, composition offset, now and then a chunk or a sync entry)…
    private static let indexBytesPerFrame = 24
    /// …and for the track itself.
    private static let indexBytesBase = 4096

    private let sink: OutputSink
    private var format: UnsafeMutablePointer<AVFormatContext>?
    private let stream: UnsafeMutablePointer<AVStream>
    private let frameTimeBase: AVRational
    private let staging: Packet
    /// Of every sample in the order of writing.
    private(set) var checksums: [UInt32] = []

    /// - Parameters:
    ///   - encoder: What the track holds; its time base counts frames.
    ///   - framesMax: Frames that may follow.
    init(_ sink: OutputSink, encoder: RenditionEncoder, framesMax: Int) throws {
        self.sink = sink
        frameTimeBase = encoder.timeBase
        staging = try Packet()
        var context: UnsafeMutablePointer<AVFormatContext>?
        try LibAV.check(avformat_alloc_output_context2(&context, nil, "mp4", nil), "mp4 muxer")
        do {
            let fresh = try LibAV.allocated(context, "the mp4 muxer")
            // Bit exact: no version string and no time of writing in the file.
            fresh.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
            fresh.pointee.pb = sink.context
            stream = try LibAV.allocated(avformat_new_stream(fresh, nil), "the mp4 track")
            stream.pointee.time_base = frameTimeBase
            stream.pointee.avg_frame_rate = AVRational(num: frameTimeBase.den, den: frameTimeBase.num)
            try encoder.describe(stream.pointee.codecpar)
            var options = Options(["moov_size": "\(Self.indexBytesBase + framesMax * Self.indexBytesPerFrame)"])
            try LibAV.check(avformat_write_header(fresh, &options.pointer), "mp4 header")
            format = fresh
        } catch {
            avformat_free_context(context)
            throw error
        }
    }

    deinit { avformat_free_context(format) }

    /// - Parameter sample: One frame whose times count frames; stays as it is.
    func write(_ sample: borrowing Packet) throws {
        checksums.append(sample.checksum)
        try staging.share(sample)
        staging.pointer.pointee.stream_index = 0
        staging.pointer.pointee.duration = 1
        av_packet_rescale_ts(staging.pointer, frameTimeBase, stream.pointee.time_base)
        try LibAV.check(av_interleaved_write_frame(format, staging.pointer), "mp4 write")
    }

    /// Writes the index; nothing can follow.
    func finish() throws {
        try LibAV.check(av_write_trailer(format), "mp4 index")
        avio_flush(sink.context)
        try LibAV.check(sink.context?.pointee.error ?? 0, "mp4 write")
    }
}
