/// What a `Range` header asks for, of an object with a known size.
enum ByteRange: Hashable, Sendable {
    /// No range, or one that may be ignored (RFC 9110 §14.2): several at once, another unit, nonsense.
    case everything
    /// Within the object, not empty.
    case part(Range<Int64>)
    case unsatisfiable

    init(_ header: String?, byteCount: Int64) {
        guard let header, header.lowercased().hasPrefix("bytes=") else {
            self = .everything
            return
        }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.trimming(while: \.isWhitespace) }
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            self = .everything
            return
        }
        self = Self.resolve(first: ends[0], last: ends[1], byteCount: byteCount)
    }

    private static func resolve(first: Substring, last: Substring, byteCount: Int64) -> ByteRange {
        switch (first.isEmpty, last.isEmpty) {
        case (true, true): return .everything
        case (true, false):
            let count = min(Int64(last) ?? .max, byteCount)
            return count > 0 ? .part(byteCount - count..<byteCount) : .unsatisfiable
        case (false, true), (false, false):
            guard let start = Int64(first), start < byteCount else { return .unsatisfiable }
            let end = last.isEmpty ? byteCount - 1 : min(Int64(last) ?? .max, byteCount - 1)
            return start <= end ? .part(start..<end + 1) : .everything
        }
    }
}
