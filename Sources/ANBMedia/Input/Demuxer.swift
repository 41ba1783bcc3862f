import ANBCore
import CFFmpeg
import Glibc

/// One opened container with exactly one video stream switched on.
final class Demuxer {
    /// Bytes and microseconds libav may look at to find out what the streams are.
    private static let probeBytesMax: Int64 = 5 << 20
    private static let analyseMicrosecondsMax: Int64 = 5_000_000

    let input: SourceInput
    private var format: UnsafeMutablePointer<AVFormatContext>?
    let stream: UnsafeMutablePointer<AVStream>
    let hasAudio: Bool

    /// - Throws: `mediaRejected` when the container is broken, holds no picture, or breaks a limit.
    init(_ input: SourceInput, limits: MediaLimits) throws {
        LibAV.prepare
        self.input = input
        var opened: UnsafeMutablePointer<AVFormatContext>? = try Self.open(input, limits: limits)
        do {
            guard let context = opened else { throw ANBError.engine("no format context") }
            try Self.checkStreams(context, limits)
            try Self.analyse(context, limits)
            try Self.checkStreams(context, limits)
            stream = try Self.chooseVideo(context, limits)
            hasAudio = Self.streams(context).contains { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }
            format = context
        } catch {
            avformat_close_input(&opened)
            try input.check()
            throw error
        }
    }

    deinit { avformat_close_input(&format) }

    var averageFrameRate: Double {
        let guessed = av_guess_frame_rate(format, stream, nil)
        return guessed.den > 0 ? av_q2d(guessed) : 0
    }

    /// Of a decoded picture, as far as the header tells; 0 when it tells nothing.
    var pictureBytes: Int {
        let parameters = stream.pointee.codecpar.pointee
        return max(0, Int(av_image_get_buffer_size(AVPixelFormat(parameters.format), parameters.width, parameters.height, 1)))
    }

    func sampleAspectRatio(of frame: borrowing Frame) -> AVRational {
        av_guess_sample_aspect_ratio(format, stream, frame.pointer)
    }

    /// Seconds the file says it lasts; nil when it says nothing that was written down on purpose.
    var claimedSeconds: Double? {
        guard let format, format.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE else { return nil }
        let own = stream.pointee.duration
        if own != anb_no_time, own > 0 { return Double(own) * av_q2d(stream.pointee.time_base) }
        let whole = format.pointee.duration
        return whole != anb_no_time && whole > 0 ? Double(whole) / Double(AV_TIME_BASE) : nil
    }

    /// Matroska has no length for a single track.
    var claimsForAllTracks: Bool { input.container == .matroska }

    /// The index names bytes behind the end of the file: its end is missing.
    var isCutShort: Bool {
        guard input.container.isMov else { return false }
        return (0..<avformat_index_get_entries_count(stream)).contains { index in
            guard let entry = avformat_index_get_entry(stream, index) else { return false }
            return entry.pointee.pos &+ Int64(entry.pointee.size) > input.byteCount
        }
    }

    /// The next packet of the video stream.
    /// - Returns: false at the end of the file, or where it cannot be read further.
    func read(into packet: borrowing Packet) throws -> Bool {
        while try readAnyTrack(into: packet) {
            if isPicture(packet) { return true }
        }
        return false
    }

    /// The next packet of any track that is switched on; returns as ``read(into:)`` does.
    func readAnyTrack(into packet: borrowing Packet) throws -> Bool {
        while true {
            try input.check()
            packet.clear()
            let code = av_read_frame(format, packet.pointer)
            if code == anb_error_again { continue }
            guard code >= 0 else {
                try input.check()
                return false
            }
            return true
        }
    }

    func isPicture(_ packet: borrowing Packet) -> Bool { packet.pointer.pointee.stream_index == stream.pointee.index }

    /// Sound and texts are read as well from here on.
    func switchOnAllTracks() {
        guard let format else { return }
        for stream in Self.streams(format) { stream.pointee.discard = AVDISCARD_DEFAULT }
    }

    /// Seconds on the file's clock where a packet starts and ends; nil when it does not tell.
    func times(of packet: borrowing Packet) -> (start: Double, end: Double)? {
        let read = packet.pointer.pointee
        let time = read.pts == anb_no_time ? read.dts : read.pts
        guard time != anb_no_time, let format, let track = format.pointee.streams[Int(read.stream_index)] else { return nil }
        let unit = av_q2d(track.pointee.time_base)
        return (Double(time) * unit, (Double(time) + Double(max(0, read.duration))) * unit)
    }

    private static func open(_ input: SourceInput, limits: MediaLimits) throws -> UnsafeMutablePointer<AVFormatContext>? {
        var context = avformat_alloc_context()
        guard let fresh = context else { throw ANBError.engine("no memory for a format context") }
        fresh.pointee.pb = input.context
        fresh.pointee.io_open = refuseToOpen
        fresh.pointee.probesize = probeBytesMax
        fresh.pointee.max_analyze_duration = analyseMicrosecondsMax
        fresh.pointee.max_streams = Int32(clamping: limits.streamsMax * 4)
        fresh.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        // Times that run back started anew: libav would rather have them 26 hours later.
        fresh.pointee.correct_ts_overflow = 0
        var options = Options([
            "protocol_whitelist": "",
            "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg",
            "codec_whitelist": AcceptedCodec.decoderNames,
            "enable_drefs": "0",
            "use_absolute_path": "0",
        ])
        // The demuxer is named by our own sniff: libav guesses nothing.
        let demuxer = av_find_input_format(input.container.demuxerName)
        let code: Int32
        do {
            code = try input.whileReadingHeader { avformat_open_input(&context, nil, demuxer, &options.pointer) }
        } catch {
            avformat_close_input(&context)
            throw error
        }
        guard code >= 0 else {
            try input.check()
            throw ANBError.damaged("it cannot be opened", operatorMessage: "open: \(LibAV.describe(code))")
        }
        return context
    }

    private static func analyse(_ context: UnsafeMutablePointer<AVFormatContext>, _ limits: MediaLimits) throws {
        let count = Int(context.pointee.nb_streams)
        var options = [OpaquePointer?](repeating: nil, count: count)
        for index in 0..<count {
            av_dict_set(&options[index], "max_pixels", "\(limits.framePixelsMax)", 0)
            av_dict_set(&options[index], "threads", "1", 0)
        }
        let code = avformat_find_stream_info(context, &options)
        for index in 0..<count { av_dict_free(&options[index]) }
        guard code >= 0 else {
            throw ANBError.damaged("its content cannot be read", operatorMessage: "analyse: \(LibAV.describe(code))")
        }
    }

    private static func streams(_ context: UnsafeMutablePointer<AVFormatContext>) -> [UnsafeMutablePointer<AVStream>] {
        (0..<Int(context.pointee.nb_streams)).compactMap { context.pointee.streams[$0] }
    }

    /// What the headers tell is judged before a decoder is opened. Only the chosen picture must be fit to be shown: a second one
    /// may be small. A cover is not looked at: the analysis leaves one with too many pixels alone, and so do we any.
    private static func checkStreams(_ context: UnsafeMutablePointer<AVFormatContext>, _ limits: MediaLimits) throws {
        guard context.pointee.nb_streams <= limits.streamsMax else {
            throw ANBError.rejected(.tooManyTracks, "The file holds more than \(limits.streamsMax) tracks.")
        }
        for stream in streams(context) {
            let parameters = stream.pointee.codecpar.pointee
            if parameters.codec_type == AVMEDIA_TYPE_VIDEO, stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0 {
                try FrameSizePolicy(limits).checkLargest(width: Int(parameters.width), height: Int(parameters.height))
            }
        }
    }

    private static func chooseVideo(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ limits: MediaLimits
    ) throws -> UnsafeMutablePointer<AVStream> {
        for stream in streams(context) { stream.pointee.discard = AVDISCARD_ALL }
        let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        guard index >= 0, let stream = context.pointee.streams[Int(index)],
            stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else { throw ANBError.rejected(.notAVideo, "The file has no picture. Please send a video.") }
        let parameters = stream.pointee.codecpar.pointee
        if parameters.width > 0 || parameters.height > 0 {
            try FrameSizePolicy(limits).check(width: Int(parameters.width), height: Int(parameters.height))
        }
        let codec = parameters.codec_id
        guard codec != AV_CODEC_ID_NONE else {
            throw ANBError.rejected(.codecNotAccepted, "The video is coded in a way we do not know. Please export it as H.264.")
        }
        guard AcceptedCodec.contains(codec) else {
            throw ANBError.rejected(
                .codecNotAccepted,
                "The video is coded as \(AcceptedCodec.name(codec)), which is not accepted. Please export it as H.264.")
        }
        stream.pointee.discard = AVDISCARD_DEFAULT
        return stream
    }
}

/// No demuxer may open anything besides the one descriptor it was given.
private func refuseToOpen(
    _ context: UnsafeMutablePointer<AVFormatContext>?, _ io: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
    _ url: UnsafePointer<CChar>?, _ flags: Int32, _ options: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    -EACCES
}
