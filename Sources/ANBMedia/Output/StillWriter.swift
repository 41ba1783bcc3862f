import ANBCore
import CFFmpeg
import Glibc

/// Writes a picture as JPEG.
enum StillWriter {
    /// mjpeg's scale of 2 (best) to 31.
    private static let quality: Int32 = 3

    /// - Parameters:
    ///   - frame: yuv420p, BT.709, limited range.
    ///   - descriptor: An empty file open for writing; stays the caller's.
    static func write(_ frame: borrowing Frame, width: Int, height: Int, to descriptor: Int32) throws {
        let scaled = try scale(frame, width: width, height: height)
        let packet = try encode(scaled)
        let count = Int(packet.pointer.pointee.size)
        guard let bytes = packet.pointer.pointee.data, pwrite(descriptor, bytes, count, 0) == count else {
            throw ANBError.engine("write of a still: errno \(errno)")
        }
    }

    /// JPEG's colours are BT.601, full range.
    private static func scale(_ frame: borrowing Frame, width: Int, height: Int) throws -> Frame {
        let source = FilterGraph.source("in", width: frame.width, height: frame.height, format: frame.format)
        let graph = try FilterGraph(
            "\(source),scale=\(width):\(height):flags=lanczos:in_color_matrix=bt709:in_range=limited"
                + ":out_color_matrix=bt601:out_range=full,format=yuvj420p,buffersink@out")
        try graph.push(frame, to: "in")
        let scaled = try Frame()
        guard try graph.pull(into: scaled, from: "out") else { throw LibAV.missingOutput("still") }
        return scaled
    }

    private static func encode(_ frame: borrowing Frame) throws -> Packet {
        let codec = try LibAV.allocated(avcodec_find_encoder(AV_CODEC_ID_MJPEG), "the JPEG encoder")
        var context = avcodec_alloc_context3(codec)
        defer { avcodec_free_context(&context) }
        let encoder = try LibAV.allocated(context, "the JPEG encoder")
        encoder.pointee.width = Int32(frame.width)
        encoder.pointee.height = Int32(frame.height)
        encoder.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
        encoder.pointee.color_range = AVCOL_RANGE_JPEG
        encoder.pointee.time_base = AVRational(num: 1, den: 1)
        encoder.pointee.flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT
        encoder.pointee.global_quality = quality * FF_QP2LAMBDA
        encoder.pointee.thread_count = 1
        try LibAV.check(avcodec_open2(encoder, codec, nil), "JPEG encoder")
        frame.pointer.pointee.quality = encoder.pointee.global_quality
        frame.pointer.pointee.pts = 0
        frame.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        try LibAV.check(avcodec_send_frame(encoder, frame.pointer), "JPEG encoder")
        let packet = try Packet()
        try LibAV.check(avcodec_receive_packet(encoder, packet.pointer), "JPEG encoder")
        return packet
    }
}
