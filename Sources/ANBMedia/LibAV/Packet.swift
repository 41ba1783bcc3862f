import ANBCore
import CFFmpeg

/// One piece of coded video; frees itself.
struct Packet: ~Copyable {
    let pointer: UnsafeMutablePointer<AVPacket>

    init() throws {
        pointer = try LibAV.allocated(av_packet_alloc(), "a packet")
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&doomed)
    }

    /// Lets go of the bytes; the packet can be filled again.
    func clear() { av_packet_unref(pointer) }

    /// The coded bytes; valid while the packet holds them.
    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: pointer.pointee.data, count: max(0, Int(pointer.pointee.size)))
    }

    /// Makes this packet hold the same bytes as `other`.
    func share(_ other: borrowing Packet) throws {
        clear()
        try LibAV.check(av_packet_ref(pointer, other.pointer), "packet reference")
    }

    /// A checksum of the coded bytes, to notice what a disk or a program has changed.
    var checksum: UInt32 { av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), .max, pointer.pointee.data, bytes.count) }
}
