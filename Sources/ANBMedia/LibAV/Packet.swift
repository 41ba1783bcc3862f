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
}
