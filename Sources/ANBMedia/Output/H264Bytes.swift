/// The pieces (NAL units) of an H.264 stream as the encoder writes them: each behind a start code.
enum H264Bytes {
    /// Kinds of pieces that matter when streams are put together.
    enum Kind {
        static let keyPicture: UInt8 = 5
        static let sequenceParameters: UInt8 = 7
        static let pictureParameters: UInt8 = 8
    }

    /// Bytes of a length in front of a piece, as MP4 stores it.
    static let lengthBytes = 4

    static func kind(of first: UInt8) -> UInt8 { first & 0x1F }

    /// Where the pieces of an Annex B stream lie, start codes left out.
    static func pieces(in stream: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var starts: [(code: Int, piece: Int)] = []
        var index = 0
        while index + 2 < stream.count {
            if stream[index + 2] > 1 {
                index += 3
            } else if stream[index] == 0, stream[index + 1] == 0, stream[index + 2] == 1 {
                starts.append((code: index > 0 && stream[index - 1] == 0 ? index - 1 : index, piece: index + 3))
                index += 3
            } else {
                index += 1
            }
        }
        let ends = starts.dropFirst().map(\.code) + [stream.count]
        return zip(starts, ends).map { $0.piece..<$1 }
    }

    /// The first bytes of the pieces of an MP4 sample, each behind its length.
    /// - Returns: nil when the lengths do not add up.
    static func firstBytes(inSample sample: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var (found, position): ([UInt8], Int) = ([], 0)
        while position < sample.count {
            guard position + lengthBytes < sample.count else { return nil }
            let length = sample[position..<position + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
            guard length > 0, position + lengthBytes + length <= sample.count else { return nil }
            found.append(sample[position + lengthBytes])
            position += lengthBytes + length
        }
        return found
    }
}
