import ANBCore
import CFFmpeg

/// The parameter sets of one H.264 stream, in the form MP4 stores them (`avcC`).
///
/// Two streams may follow each other in one track only when these bytes are equal.
struct H264Configuration: Equatable {
    let bytes: [UInt8]

    /// - Parameter bytes: As read from an MP4.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter headers: What x264 writes in front of a stream: one set of each kind, behind start codes.
    /// - Throws: `mediaFailed` when they are not of that form.
    init(headers: UnsafeBufferPointer<UInt8>) throws {
        let pieces = H264Bytes.pieces(in: headers).map { Array(headers[$0]) }
        let sequences = pieces.filter { $0.first.map(H264Bytes.kind) == H264Bytes.Kind.sequenceParameters }
        let pictures = pieces.filter { $0.first.map(H264Bytes.kind) == H264Bytes.Kind.pictureParameters }
        guard sequences.count == 1, pictures.count == 1, sequences[0].count > 3 else {
            throw ANBError.engine("the encoder's headers are not one pair of parameter sets")
        }
        let (profile, compatibility, level) = (sequences[0][1], sequences[0][2], sequences[0][3])
        // Version 1; lengths of four bytes; High profile adds 4:2:0 and twice 8 bit.
        bytes =
            [1, profile, compatibility, level, 0xFF, 0xE1] + Self.measured(sequences[0]) + [1] + Self.measured(pictures[0])
            + [0xFD, 0xF8, 0xF8, 0]
    }

    private static func measured(_ piece: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: piece.count >> 8), UInt8(truncatingIfNeeded: piece.count)] + piece
    }

    /// Gives libav a copy of the bytes.
    func copy(into parameters: UnsafeMutablePointer<AVCodecParameters>) throws {
        let memory = try LibAV.allocated(av_mallocz(bytes.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)), "parameter sets")
        bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
        av_freep(&parameters.pointee.extradata)
        parameters.pointee.extradata = memory.assumingMemoryBound(to: UInt8.self)
        parameters.pointee.extradata_size = Int32(bytes.count)
    }
}
