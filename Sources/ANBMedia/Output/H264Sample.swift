import ANBCore
import CFFmpeg

/// Turns the encoder's packets into what MP4 stores.
enum H264Sample {
    /// - Parameters:
    ///   - packet: One frame, its pieces behind start codes; emptied.
    ///   - sample: Receives the same pieces, each behind its length.
    static func make(from packet: borrowing Packet, into sample: borrowing Packet) throws {
        let source = packet.bytes
        let pieces = H264Bytes.pieces(in: source)
        guard !pieces.isEmpty else { throw ANBError.engine("the encoder gave an empty frame") }
        sample.clear()
        let byteCount = pieces.reduce(0) { $0 + H264Bytes.lengthBytes + $1.count }
        try LibAV.check(av_new_packet(sample.pointer, Int32(clamping: byteCount)), "a sample")
        try LibAV.check(av_packet_copy_props(sample.pointer, packet.pointer), "a sample")
        var position = sample.pointer.pointee.data
        for piece in pieces {
            guard let target = position, let start = source.baseAddress else { break }
            for (index, shift) in [24, 16, 8, 0].enumerated() { target[index] = UInt8(truncatingIfNeeded: piece.count >> shift) }
            (target + H264Bytes.lengthBytes).update(from: start + piece.lowerBound, count: piece.count)
            position = target + H264Bytes.lengthBytes + piece.count
        }
        packet.clear()
    }
}
