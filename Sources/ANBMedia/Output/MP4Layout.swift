import Glibc

/// The order of an MP4's outermost boxes.
struct MP4Layout {
    /// Boxes looked at before the answer is given up.
    private static let boxesMax = 64

    let boxes: [String]

    init(descriptor: Int32, byteCount: Int64) {
        var (found, position): ([String], Int64) = ([], 0)
        while position &+ 8 <= byteCount, found.count < Self.boxesMax {
            var header = [UInt8](repeating: 0, count: 16)
            guard pread(descriptor, &header, header.count, off_t(position)) >= 8 else { break }
            found.append(String(decoding: header[4..<8], as: UTF8.self))
            let short = header[0..<4].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let long = header[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let size = Int64(clamping: short == 1 ? long : short)
            guard size >= 8 else { break }
            position = position.addingReportingOverflow(size).partialValue
            guard position > 0 else { break }
        }
        boxes = found
    }

    /// Playback can start before the whole file has arrived.
    var startsWithIndex: Bool {
        guard let index = boxes.firstIndex(of: "moov"), let media = boxes.firstIndex(of: "mdat") else { return false }
        return index < media
    }
}
