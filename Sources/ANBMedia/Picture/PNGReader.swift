import ANBCore
import CFFmpeg
import Glibc

/// Decodes an operator's PNG.
enum PNGReader {
    private static let bytesMax = 8 << 20
    private static let pixelsMax: Int64 = 16 << 20
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// - Throws: `misconfigured` when the file is no PNG of a sane size.
    static func read(_ descriptor: Int32) throws -> Frame {
        LibAV.prepare
        let packet = try Packet()
        try load(descriptor, into: packet)
        let codec = try LibAV.allocated(avcodec_find_decoder(AV_CODEC_ID_PNG), "the PNG decoder")
        var context = avcodec_alloc_context3(codec)
        defer { avcodec_free_context(&context) }
        context?.pointee.max_pixels = pixelsMax
        context?.pointee.thread_count = 1
        let frame = try Frame()
        guard avcodec_open2(context, codec, nil) >= 0, avcodec_send_packet(context, packet.pointer) >= 0,
            avcodec_receive_frame(context, frame.pointer) >= 0
        else { throw ANBError.unusableAsset("The watermark cannot be decoded.") }
        return frame
    }

    private static func load(_ descriptor: Int32, into packet: borrowing Packet) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > signature.count, status.st_size <= bytesMax else {
            throw ANBError.unusableAsset("The watermark must be a PNG of at most \(bytesMax >> 20) MB.")
        }
        let count = Int(status.st_size)
        try LibAV.check(av_new_packet(packet.pointer, Int32(count)), "watermark")
        guard let data = packet.pointer.pointee.data, pread(descriptor, data, count, 0) == count else {
            throw ANBError.unusableAsset("The watermark cannot be read.")
        }
        guard UnsafeBufferPointer(start: data, count: signature.count).elementsEqual(signature) else {
            throw ANBError.unusableAsset("The watermark must be a PNG.")
        }
    }
}
