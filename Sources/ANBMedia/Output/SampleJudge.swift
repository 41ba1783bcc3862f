import ANBCore
import CFFmpeg

/// Decodes each sample of a rendition while it is written, so that nothing is published that a player cannot decode.
///
/// Every bit of every frame is parsed and every frame rebuilt. The deblocking of the rebuilt picture is left out: it
/// reads nothing from the stream and cannot fail.
final class SampleJudge {
    private let rendition: MediaRecipe.Rendition
    private var decoder: UnsafeMutablePointer<AVCodecContext>?
    private let frame: Frame
    /// Frames that were decoded without a fault.
    private(set) var framesDecoded = 0

    /// - Parameter encoder: Whose samples, or ones that may follow them, will be judged.
    init(_ encoder: RenditionEncoder) throws {
        rendition = encoder.rendition
        frame = try Frame()
        let codec = try LibAV.allocated(avcodec_find_decoder(AV_CODEC_ID_H264), "the H.264 decoder")
        var context = avcodec_alloc_context3(codec)
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        do {
            let fresh = try LibAV.allocated(context, "a decoder")
            try encoder.describe(LibAV.allocated(parameters, "stream parameters"))
            try LibAV.check(avcodec_parameters_to_context(fresh, parameters), "a decoder")
            fresh.pointee.thread_count = 1
            fresh.pointee.skip_loop_filter = AVDISCARD_ALL
            fresh.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE
            try LibAV.check(avcodec_open2(fresh, codec, nil), "the H.264 decoder")
        } catch {
            avcodec_free_context(&context)
            throw error
        }
        decoder = context
    }

    deinit { avcodec_free_context(&decoder) }

    /// - Throws: `mediaFailed` when the sample, or one before it, does not decode cleanly.
    func judge(_ sample: borrowing Packet) throws {
        try check(avcodec_send_packet(decoder, sample.pointer))
        try receive()
    }

    /// Decodes what is still under way.
    func finish() throws {
        try check(avcodec_send_packet(decoder, nil))
        try receive()
    }

    private func receive() throws {
        while true {
            let code = avcodec_receive_frame(decoder, frame.pointer)
            if code == anb_error_again || code == anb_error_end { return }
            try check(code)
            let picture = frame.pointer.pointee
            guard picture.decode_error_flags == 0, picture.flags & AV_FRAME_FLAG_CORRUPT == 0,
                frame.width == rendition.width, frame.height == rendition.height, frame.format == AV_PIX_FMT_YUV420P
            else { throw ANBError.engine("\(rendition.name): frame \(framesDecoded) does not decode as it should") }
            framesDecoded += 1
        }
    }

    private func check(_ code: Int32) throws { try LibAV.check(code, "\(rendition.name) does not decode") }
}
