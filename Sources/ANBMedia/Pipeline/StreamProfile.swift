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

    /// Decodes up to the first picture, which the reader still gives afterwards.
    /// - Parameters:
    ///   - reader: Has given no picture yet.
    ///   - descriptor: The file it reads.
    /// - Throws: `mediaRejected` when there is no picture, or when the file breaks a limit.
    init(_ reader: FrameReader, descriptor: Int32, limits: MediaLimits) throws {
        let demuxer = reader.demuxer
        guard !demuxer.isCutShort else { throw ANBError.damaged("its end is missing") }
        let frame = try Frame()
        guard try reader.peek(frame) else { throw ANBError.damaged("it holds no picture that can be decoded") }
        orientation = Self.orientation(demuxer.stream)
        pixelAspect = Self.pixelAspect(demuxer, frame)
        isInterlaced = Self.isInterlaced(demuxer.stream, frame)
        frameRate = demuxer.averageFrameRate
        durationSeconds = try Self.duration(demuxer, descriptor, limits, demuxer.input.interruption)
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

    /// The picture's own length. Matroska tells one for all tracks together, and sound may last longer than the picture, or the
    /// picture start late.
    private static func duration(
        _ demuxer: Demuxer, _ descriptor: Int32, _ limits: MediaLimits, _ interruption: Interruption
    ) throws -> Double? {
        let claimed = demuxer.claimedSeconds
        guard claimed == nil || demuxer.claimsForAllTracks else { return claimed }
        guard let span = try PacketSpan(descriptor, limits, interruption) else { return claimed }
        if let claimed, ClaimTolerance.isBroken(claimed: claimed, got: span.endSeconds) {
            throw ANBError.damaged("it should last \(Seconds(claimed)), but only \(Seconds(span.endSeconds)) can be read")
        }
        return span.pictureSeconds
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

/// How far the packets of a file reach, where no claim tells it of the picture alone.
struct PacketSpan {
    /// Packets read before the answer is given up.
    private static let packetsMax = 500_000

    /// From the first picture to the end of the last.
    let pictureSeconds: Double
    /// Where the last packet of all tracks ends, on the file's own clock.
    let endSeconds: Double

    /// Reads the whole file.
    /// - Returns: nil when no times are found, or too many.
    init?(_ descriptor: Int32, _ limits: MediaLimits, _ interruption: Interruption) throws {
        let demuxer = try Demuxer(SourceInput(descriptor: descriptor, interruption: interruption), limits: limits)
        demuxer.switchOnAllTracks()
        let packet = try Packet()
        var (first, pictureEnd, end) = (Double.infinity, -Double.infinity, -Double.infinity)
        var packets = 0
        while try demuxer.readAnyTrack(into: packet) {
            packets += 1
            guard packets <= Self.packetsMax else { return nil }
            guard let times = demuxer.times(of: packet) else { continue }
            end = max(end, times.end)
            guard demuxer.isPicture(packet) else { continue }
            first = min(first, times.start)
            pictureEnd = max(pictureEnd, times.end)
        }
        guard pictureEnd > first else { return nil }
        (pictureSeconds, endSeconds) = (pictureEnd - first, end)
    }
}
