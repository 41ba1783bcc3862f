import ANBCore
import CFFmpeg

/// What the container and the first picture say about all pictures of a stream.
struct StreamProfile {
    /// Seconds; a shorter lead is only the delay of pictures that are stored in another order.
    private static let leadMin = 0.5
    /// Longer ones are measured, which takes reading the whole file.
    private static let broadcastSecondsBelieved = 60.0

    let orientation: Orientation
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
        isInterlaced = Self.isInterlaced(demuxer.stream, frame)
        frameRate = demuxer.averageFrameRate
        durationSeconds = try Self.duration(demuxer, descriptor, limits, demuxer.input.interruption)
            .map { $0 - Self.lead(demuxer.stream, frame, within: $0) }
        let display = Self.displaySize(of: frame, in: demuxer, orientation)
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

    /// The shape of pixels may change from one picture to the next.
    func displaySize(of frame: borrowing Frame, in demuxer: Demuxer) -> DisplaySize {
        Self.displaySize(of: frame, in: demuxer, orientation)
    }

    /// Whether the pictures have the canvas's shape: no bars at their sides.
    func fills(_ canvas: (width: Int, height: Int)) -> Bool {
        let fit = PictureFit(displayWidth: Double(info.width), displayHeight: Double(info.height), canvas: canvas)
        return (fit.width, fit.height) == canvas
    }

    /// - Throws: `mediaRejected` when the clip is too short, or its claim is not to be believed.
    func checkDuration(_ limits: MediaLimits) throws {
        guard let durationSeconds else { return }
        guard limits.isLongEnough(durationSeconds) else {
            throw ANBError.rejected(
                .tooShort,
                "The video lasts only \(Seconds(durationSeconds)); it must last at least \(Seconds(limits.sourceSecondsMin)).")
        }
        guard durationSeconds <= limits.sourceSecondsMax else {
            throw ANBError.damaged("it claims to last \(Int(durationSeconds / 3600)) hours")
        }
    }

    /// The picture's own length. Matroska tells one for all tracks together, and sound may last longer than the picture, or the
    /// picture start late. Of a broadcast it is the way from the first time to the last, whatever was joined in between.
    private static func duration(
        _ demuxer: Demuxer, _ descriptor: Int32, _ limits: MediaLimits, _ interruption: Interruption
    ) throws -> Double? {
        let claimed = demuxer.claimedSeconds
        let isDoubtful = demuxer.input.container.isBroadcast && (claimed ?? 0) > broadcastSecondsBelieved
        guard claimed == nil || demuxer.claimsForAllTracks || isDoubtful else { return claimed }
        guard let span = try PacketSpan(descriptor, limits, interruption) else { return claimed }
        if let claimed, !isDoubtful, ClaimTolerance.isBroken(claimed: claimed, got: span.endSeconds) {
            throw ANBError.damaged("it should last \(Seconds(claimed)), but only \(Seconds(span.endSeconds)) can be read")
        }
        return span.pictureSeconds
    }

    /// Seconds before the first picture that cannot be decoded, as where a broadcast is cut between two key frames.
    private static func lead(
        _ stream: UnsafeMutablePointer<AVStream>, _ frame: borrowing Frame, within duration: Double
    ) -> Double {
        let (start, first) = (stream.pointee.start_time, frame.pointer.pointee.best_effort_timestamp)
        guard start != anb_no_time, first != anb_no_time else { return 0 }
        let seconds = Double(first &- start) * av_q2d(stream.pointee.time_base)
        return seconds >= leadMin && seconds < duration ? seconds : 0
    }

    private static func orientation(_ stream: UnsafeMutablePointer<AVStream>) -> Orientation {
        var byteCount = 0
        guard let bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &byteCount), byteCount >= 36 else {
            return .upright
        }
        let raw = UnsafeRawPointer(bytes)
        return Orientation(matrix: (0..<9).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self) })
    }

    private static func displaySize(of frame: borrowing Frame, in demuxer: Demuxer, _ orientation: Orientation) -> DisplaySize {
        let ratio = demuxer.sampleAspectRatio(of: frame)
        let aspect = ratio.num > 0 && ratio.den > 0 ? av_q2d(ratio) : 1
        return DisplaySize(width: frame.width, height: frame.height, pixelAspect: aspect, orientation: orientation)
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

    /// From the first picture to the end of the last; the sum of them for recordings that were joined.
    let pictureSeconds: Double
    /// Where the last packet of all tracks ends, on the file's own clock.
    let endSeconds: Double

    /// Reads the whole file.
    /// - Returns: nil when no times are found, or too many.
    init?(_ descriptor: Int32, _ limits: MediaLimits, _ interruption: Interruption) throws {
        let demuxer = try Demuxer(SourceInput(descriptor: descriptor, interruption: interruption), limits: limits)
        demuxer.switchOnAllTracks()
        let mayJump = demuxer.input.container.isBroadcast
        let packet = try Packet()
        var (first, pictureEnd, end) = (Double.infinity, -Double.infinity, -Double.infinity)
        var (packets, joined) = (0, 0.0)
        while try demuxer.readAnyTrack(into: packet) {
            packets += 1
            guard packets <= Self.packetsMax else { return nil }
            guard let times = demuxer.times(of: packet) else { continue }
            end = max(end, times.end)
            guard demuxer.isPicture(packet) else { continue }
            if mayJump, pictureEnd > first, abs(times.start - pictureEnd) > SourceClock.broadcastStillMax {
                joined += pictureEnd - first
                (first, pictureEnd) = (.infinity, -.infinity)
            }
            first = min(first, times.start)
            pictureEnd = max(pictureEnd, times.end)
        }
        guard pictureEnd > first else { return nil }
        (pictureSeconds, endSeconds) = (joined + pictureEnd - first, end)
    }
}
