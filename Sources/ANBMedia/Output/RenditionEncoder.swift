import ANBCore
import CFFmpeg

/// Encodes pictures of one size as H.264 High with closed groups.
final class RenditionEncoder {
    /// Seconds between key frames at most, so that players can seek; 2 s would cost 9 % more bytes.
    private static let keyFrameSeconds = 5

    /// What is encoded. The parameter sets of all are the same bytes, so that one may follow the other.
    enum Content: String, CaseIterable {
        /// Pictures that fill the frame. Beside `veryfast` at rate factor 23, with the coarser quantiser of moving frames, on
        /// seven kinds of content: SSIM lower by 0.0006 to 0.0022, VMAF higher by 0.2 to 0.9, 89 to 107 % of the bytes.
        case clip = "aq-mode=2:aq-strength=0.8:rc-lookahead=10:b-adapt=0"
        /// Pictures between black bars, which would lead the automatic variance of the other mode astray.
        case paddedClip = "aq-mode=1:aq-strength=0.8:rc-lookahead=10:b-adapt=0"
        /// What is encoded once and copied into every video may take its time: about three tenths smaller. Psychovisual
        /// optimisation would change the parameter sets.
        case bumper = "aq-mode=1:rc-lookahead=40:b-adapt=2:subme=7:me=umh:analyse=all:trellis=1:psy=0"
    }

    /// By how much the quantiser of moving frames is larger, as a share of its range of 51.
    ///
    /// They are predicted from the past only: without B-frames the encoder takes a quarter less time. A recorded screen, whose
    /// pictures do not count as moving, would take a third more bytes. The coarser quantiser keeps the growth of filmed clips
    /// below a tenth.
    private static let movingOffset = AVRational(num: 1, den: 51)

    private static let preset = "superfast"
    private static let parameters = "mbtree=1:bframes=2:weightp=0:open-gop=0"

    /// Everything besides size and rate factor that shapes a stream; part of what cached streams are named by.
    static let fingerprint =
        "\(preset) \(parameters) \(Content.allCases.map(\.rawValue)) \(keyFrameSeconds) \(avcodec_version())"

    let rendition: MediaRecipe.Rendition
    let configuration: H264Configuration
    private var encoder: UnsafeMutablePointer<AVCodecContext>?
    private let packet: Packet
    private let sample: Packet
    private let staging: Frame

    init(_ rendition: MediaRecipe.Rendition, framesPerSecond: Int, threads: Int, content: Content = .clip) throws {
        LibAV.prepare
        self.rendition = rendition
        packet = try Packet()
        sample = try Packet()
        staging = try Frame()
        var opened = try Self.open(rendition, framesPerSecond: framesPerSecond, threads: threads, content: content)
        do {
            let context = try LibAV.allocated(opened, "an encoder").pointee
            configuration = try H264Configuration(
                headers: UnsafeBufferPointer(start: context.extradata, count: Int(context.extradata_size)))
        } catch {
            avcodec_free_context(&opened)
            throw error
        }
        encoder = opened
    }

    deinit { avcodec_free_context(&encoder) }

    /// One output frame.
    var timeBase: AVRational { encoder?.pointee.time_base ?? AVRational(num: 0, den: 1) }

    /// Frames by which a packet's decoding runs ahead of its showing.
    var delayFrames: Int { Int(encoder?.pointee.has_b_frames ?? 0) }

    /// Tells a muxer or decoder what the stream is.
    func describe(_ parameters: UnsafeMutablePointer<AVCodecParameters>) throws {
        try LibAV.check(avcodec_parameters_from_context(parameters, encoder), "stream parameters")
        try configuration.copy(into: parameters)
    }

    /// - Parameters:
    ///   - frame: At the rendition's size, yuv420p.
    ///   - time: Counts output frames from the start of the video.
    ///   - isMoving: Much differs from the frame before.
    ///   - body: Gets each finished frame as an MP4 sample.
    func encode(
        _ frame: borrowing Frame, at time: Int, isMoving: Bool, _ body: (borrowing Packet) throws -> Void
    ) throws {
        try staging.share(frame)
        staging.pointer.pointee.pts = Int64(time)
        staging.pointer.pointee.pict_type = isMoving ? AV_PICTURE_TYPE_P : AV_PICTURE_TYPE_NONE
        if isMoving { try coarsen(staging) }
        try LibAV.check(avcodec_send_frame(encoder, staging.pointer), "encode")
        staging.clear()
        try receive(body)
    }

    /// Hands over what the encoder still holds.
    func finish(_ body: (borrowing Packet) throws -> Void) throws {
        try LibAV.check(avcodec_send_frame(encoder, nil), "encode")
        try receive(body)
    }

    /// Asks for a larger quantiser in the whole frame.
    private func coarsen(_ frame: borrowing Frame) throws {
        let size = MemoryLayout<AVRegionOfInterest>.size
        let data = av_frame_new_side_data(frame.pointer, AV_FRAME_DATA_REGIONS_OF_INTEREST, size)
        let region = AVRegionOfInterest(
            self_size: UInt32(size), top: 0, bottom: frame.pointer.pointee.height, left: 0, right: frame.pointer.pointee.width,
            qoffset: Self.movingOffset)
        let bytes = UnsafeMutableRawPointer(try LibAV.allocated(data?.pointee.data, "a frame's quantiser"))
        bytes.storeBytes(of: region, as: AVRegionOfInterest.self)
    }

    private func receive(_ body: (borrowing Packet) throws -> Void) throws {
        while true {
            let code = avcodec_receive_packet(encoder, packet.pointer)
            if code == anb_error_again || code == anb_error_end { return }
            try LibAV.check(code, "encode")
            try H264Sample.make(from: packet, into: sample)
            try body(sample)
        }
    }

    private static func open(
        _ rendition: MediaRecipe.Rendition, framesPerSecond: Int, threads: Int, content: Content
    ) throws -> UnsafeMutablePointer<AVCodecContext>? {
        let codec = try LibAV.allocated(avcodec_find_encoder_by_name("libx264"), "libx264")
        var context = avcodec_alloc_context3(codec)
        let fresh = try LibAV.allocated(context, "an encoder")
        fresh.pointee.width = Int32(rendition.width)
        fresh.pointee.height = Int32(rendition.height)
        fresh.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        fresh.pointee.time_base = AVRational(num: 1, den: Int32(framesPerSecond))
        fresh.pointee.framerate = AVRational(num: Int32(framesPerSecond), den: 1)
        fresh.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        fresh.pointee.gop_size = Int32(framesPerSecond * keyFrameSeconds)
        fresh.pointee.color_range = AVCOL_RANGE_MPEG
        fresh.pointee.colorspace = AVCOL_SPC_BT709
        fresh.pointee.color_primaries = AVCOL_PRI_BT709
        fresh.pointee.color_trc = AVCOL_TRC_BT709
        fresh.pointee.thread_count = Int32(clamping: threads)
        fresh.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        var options = Options([
            "preset": preset, "profile": "high", "crf": "\(rendition.constantRateFactor)",
            "x264-params": "\(parameters):\(content.rawValue)", "a53cc": "0",
        ])
        let code = avcodec_open2(fresh, codec, &options.pointer)
        guard code >= 0 else {
            avcodec_free_context(&context)
            throw ANBError.engine("libx264: \(LibAV.describe(code))")
        }
        return fresh
    }
}
