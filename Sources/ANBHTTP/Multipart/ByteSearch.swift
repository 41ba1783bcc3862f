import NIOCore

/// Finds a short text in bytes, skipping ahead as far as the last byte looked at allows (Horspool).
struct ByteSearch: Sendable {
    private let pattern: [UInt8]
    /// For each byte, how far the pattern may move when that byte stands under its end.
    private let shift: [Int]

    /// - Parameter text: Not empty.
    init(for text: String) {
        pattern = Array(text.utf8)
        var shift = [Int](repeating: pattern.count, count: 256)
        for (index, byte) in pattern.dropLast().enumerated() { shift[Int(byte)] = pattern.count - 1 - index }
        self.shift = shift
    }

    var count: Int { pattern.count }

    /// Where the text starts for the first time, from the start of the view.
    func firstOffset(in bytes: ByteBufferView) -> Int? {
        bytes.withUnsafeBytes { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                shift.withUnsafeBufferPointer { shift in
                    var start = 0
                    let last = pattern.count - 1
                    while start + last < bytes.count {
                        var index = last
                        while bytes[start + index] == pattern[index] {
                            if index == 0 { return start }
                            index -= 1
                        }
                        start += shift[Int(bytes[start + last])]
                    }
                    return nil
                }
            }
        }
    }
}
