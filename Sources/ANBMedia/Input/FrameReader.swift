import ANBCore
import CFFmpeg

/// The decoded pictures of one source, one after another, with the damage counted on the way.
final class FrameReader {
    /// Packets in a row that decode to nothing before the file counts as broken.
    private static let badPacketsInARowMax = 30
    /// The same before the first picture: a broadcast that was cut out of a longer one starts anywhere between two key frames,
    /// which are 10 s apart at most.
    private static let badPacketsAtStartMax = 600
    /// Share of packets that may be bad.
    private static let badShareMax = 0.1
    /// 30 s at 1,000 frames a second; more is not a clip.
    private static let packetsMax = 30_000

    let demuxer: Demuxer
    private let limits: MediaLimits
    private let memoryGate: FrameMemoryGate
    private var decoder: UnsafeMutablePointer<AVCodecContext>?
    private let packet: Packet
    /// A picture that was looked at and not yet taken.
    private let peeked: Frame
    private var packets = 0
    private(set) var badPackets = 0
    private var badInARow = 0
    private var hasStarted = false
    private var draining = false

    /// - Parameters:
    ///   - threads: That decode side by side; each holds pictures of its own.
    ///   - shownAt: Pixels the pictures will be scaled down to. From half of their own size on, pictures that no other one
    ///     builds on are not deblocked: nothing of it is left to see (SSIM 0.9997), and it is a twentieth of the work.
    init(_ demuxer: Demuxer, limits: MediaLimits, threads: Int = 1, shownAt pixels: Int = .max) throws {
        self.demuxer = demuxer
        self.limits = limits
        packet = try Packet()
        peeked = try Frame()
        memoryGate = FrameMemoryGate(limits)
        decoder = try Self.open(demuxer, limits, memoryGate, threads: threads)
        let parameters = demuxer.stream.pointee.codecpar.pointee
        let sourcePixels = Int(parameters.width) * Int(parameters.height)
        if sourcePixels / 2 >= pixels { decoder?.pointee.skip_loop_filter = AVDISCARD_NONREF }
    }

    deinit { avcodec_free_context(&decoder) }

    /// Shows the next picture without taking it.
    /// - Returns: false after the last picture.
    /// - Throws: `mediaRejected` when too much of the file cannot be decoded.
    func peek(_ frame: borrowing Frame) throws -> Bool {
        guard try next(frame) else { return false }
        try peeked.share(frame)
        return true
    }

    /// - Returns: false after the last picture.
    /// - Throws: `mediaRejected` when too much of the file cannot be decoded.
    func next(_ frame: borrowing Frame) throws -> Bool {
        if !peeked.isEmpty {
            frame.take(from: peeked)
            return true
        }
        while true {
            try demuxer.input.check()
            frame.clear()
            let code = avcodec_receive_frame(decoder, frame.pointer)
            if code >= 0 {
                try accept(frame)
                return true
            }
            if code == anb_error_end { return false }
            if code == anb_error_again, draining { return false }
            try memoryGate.check()
            if code != anb_error_again { try countBad(code) }
            try feed()
        }
    }

    /// - Throws: `mediaRejected` when more than a tenth of what was read was bad.
    func checkDamage() throws {
        guard Double(badPackets) <= Double(packets) * Self.badShareMax else {
            throw ANBError.damaged("\(badPackets) of \(packets) parts cannot be decoded")
        }
    }

    private static func open(
        _ demuxer: Demuxer, _ limits: MediaLimits, _ memoryGate: FrameMemoryGate, threads: Int
    ) throws -> UnsafeMutablePointer<AVCodecContext>? {
        let parameters = demuxer.stream.pointee.codecpar
        guard let parameters, let codec = AcceptedCodec.decoder(parameters.pointee.codec_id) else {
            throw ANBError.engine("no decoder")
        }
        var context = avcodec_alloc_context3(codec)
        guard let fresh = context else { throw ANBError.engine("no memory for a decoder") }
        fresh.pointee.thread_count = Int32(clamping: threads)
        fresh.pointee.max_pixels = Int64(limits.framePixelsMax)
        fresh.pointee.pkt_timebase = demuxer.stream.pointee.time_base
        memoryGate.guardMemory(of: fresh)
        let copied = avcodec_parameters_to_context(fresh, parameters)
        let code = copied < 0 ? copied : avcodec_open2(fresh, codec, nil)
        guard code >= 0 else {
            avcodec_free_context(&context)
            throw ANBError.damaged("its picture cannot be decoded", operatorMessage: "decoder: \(LibAV.describe(code))")
        }
        return context
    }

    private func feed() throws {
        guard try demuxer.read(into: packet) else {
            draining = true
            avcodec_send_packet(decoder, nil)
            return
        }
        packets += 1
        guard packets <= Self.packetsMax else {
            throw ANBError.rejected(.tooManyFrames, "The video has too many frames a second.")
        }
        let code = avcodec_send_packet(decoder, packet.pointer)
        packet.clear()
        try memoryGate.check()
        if code < 0, code != anb_error_again { try countBad(code) }
    }

    private func accept(_ frame: borrowing Frame) throws {
        try FrameSizePolicy(limits).check(width: frame.width, height: frame.height)
        let picture = frame.pointer.pointee
        if !hasStarted { (hasStarted, badPackets, badInARow) = (true, 0, 0) }
        if picture.decode_error_flags != 0 || picture.flags & AV_FRAME_FLAG_CORRUPT != 0 {
            try countBad(0)
        } else {
            badInARow = 0
        }
    }

    private func countBad(_ code: Int32) throws {
        badPackets += 1
        badInARow += 1
        guard badInARow <= (hasStarted ? Self.badPacketsInARowMax : Self.badPacketsAtStartMax) else {
            throw ANBError.damaged("its picture cannot be decoded", operatorMessage: "decode: \(LibAV.describe(code))")
        }
    }
}
