import ANBCore
import CFFmpeg

/// What the container and the first picture say about all pictures of a stream.
struct StreamProfile {
    let orientation: Orientation
    let pixelAspect: Double
    let isInterlaced: Bool
    let frameRate: Double
    /// nil when neither the file nor its packets tell.
    let durationSeconds: Double?
    let info: MediaInfo

    /// Decodes up to the first picture.
    /// - Throws: `mediaRejected` when there is none, or when the file breaks a limit.
    init(descriptor: Int32, limits: MediaLimits, interruption: Interruption) throws {
        let demuxer = try Demuxer(SourceInput(descriptor: descriptor, interruption: interruption), limits: limits)
        guard !demuxer.isCutShort else { throw ANBError.damaged("its end is missing") }
        let frame = try Frame()
        guard try FrameReader(demuxer, limits: limits, firstOnly: true).next(frame) else {
            throw ANBError.damaged("it holds no picture that can be decoded")
        }
        orientation = Self.orientation(demuxer.stream)
        pixelAspect = Self.pixelAspect(demuxer, frame)
        isInterlaced = Self.isInterlaced(demuxer.stream, frame)
        frameRate = demuxer.averageFrameRate
        durationSeconds = try demuxer.claimedSeconds ?? PacketSpan.measure(descriptor, limits, interruption)
        let display = DisplaySize(
            width: frame.width, height: frame.height, pixelAspect: pixelAspect, orientation: orientation)
        try display.check(limits)
        info = MediaInfo(
            container: demuxer.input.container.rawValue,
            videoCodec: AcceptedCodec.name(demuxer.stream.pointee.codecpar.pointee.codec_id),
            width: Int(display.width.rounded()), height: Int(display.height.rounded()),
            rotationDegrees: orientation.degrees, frameRate: frameRate, durationSeconds: durationSeconds ?? 0,
            pixelFormat: av_get_pix_fmt_name(frame.format).map { String(cString: $0) } ?? "unknown",
            isInterlaced: isInterlaced, isHighDynamicRange: ColorDescription(frame).isHighDynamicRange,
            hasAudio: demuxer.hasAudio, byteCount: demuxer.input.byteCount)
    }

    func displaySize(width: Int, height: Int) -> DisplaySize {
        DisplaySize(width: width, height: height, pixelAspect: pixelAspect, orientation: orientation)
    }

    /// Whether the pictures have the canvas's shape: no bars at their sides.
    func fills(_ canvas: (width: Int, height: Int)) -> Bool {
        let fit = PictureFit(displayWidth: Double(info.width), displayHeight: Double(info.height), canvas: canvas)
        return (fit.width, fit.height) == canvas
    }

    /// - Throws: `mediaRejected` when the clip is too short, or its claim is not to be believed.
    func checkDuration(_ limits: MediaLimits) throws {
        guard let durationSeconds else { return }
        guard durationSeconds >= limits.sourceSecondsMin else {
            throw ANBError.rejected(
                .tooShort,
                "The video lasts only \(Seconds(durationSeconds)); it must last at least \(Seconds(limits.sourceSecondsMin)).")
        }
        guard durationSeconds <= limits.sourceSecondsMax else {
            throw ANBError.damaged("it claims to last \(Int(durationSeconds / 3600)) hours")
        }
    }

    private static func orientation(_ stream: UnsafeMutablePointer<AVStream>) -> Orientation {
        var byteCount = 0
        guard let bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &byteCount), byteCount >= 36 else {
            return .upright
        }
        let raw = UnsafeRawPointer(bytes)
        return Orientation(matrix: (0..<9).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self) })
    }

    private static func pixelAspect(_ demuxer: Demuxer, _ frame: borrowing Frame) -> Double {
        let ratio = demuxer.sampleAspectRatio(of: frame)
        return ratio.num > 0 && ratio.den > 0 ? av_q2d(ratio) : 1
    }

    private static func isInterlaced(_ stream: UnsafeMutablePointer<AVStream>, _ frame: borrowing Frame) -> Bool {
        let order = stream.pointee.codecpar.pointee.field_order
        return frame.pointer.pointee.interlaced_frame != 0 || (order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE)
    }
}

/// The length of a stream that does not tell it, from the times of its packets.
enum PacketSpan {
    /// Packets read before the answer is given up.
    private static let packetsMax = 500_000

    static func measure(_ descriptor: Int32, _ limits: MediaLimits, _ interruption: Interruption) throws -> Double? {
        let demuxer = try Demuxer(SourceInput(descriptor: descriptor, interruption: interruption), limits: limits)
        let packet = try Packet()
        var (first, end): (Int64, Int64) = (.max, .min)
        for _ in 0..<packetsMax {
            guard try demuxer.read(into: packet) else { break }
            let time = packet.pointer.pointee.pts == anb_no_time ? packet.pointer.pointee.dts : packet.pointer.pointee.pts
            guard time != anb_no_time else { continue }
            first = min(first, time)
            end = max(end, time &+ max(0, packet.pointer.pointee.duration))
        }
        let (span, overflow) = end.subtractingReportingOverflow(first)
        return overflow || span <= 0 ? nil : Double(span) * av_q2d(demuxer.stream.pointee.time_base)
    }
}
