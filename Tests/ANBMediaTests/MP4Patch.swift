import ANBTesting
import Foundation

/// Changes to the bytes of an MP4, for what no encoder would write.
struct MP4Patch {
    var bytes: [UInt8]

    /// Where a box's content starts; the first of that name.
    func content(of name: String) throws -> Int {
        let wanted = Array(name.utf8)
        for index in 0..<max(0, bytes.count - 4) where bytes[index] == wanted[0] && bytes[index..<index + 4].elementsEqual(wanted)
        {
            return index + 4
        }
        throw ConformanceFailure("no box \(name)")
    }

    mutating func write(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index)) }
    }

    mutating func write(_ value: UInt32, in box: String, at offset: Int) throws {
        write(value, at: try content(of: box) + offset)
    }

    /// The display matrix of the first track: a, b, c, d in whole numbers.
    mutating func setMatrix(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) throws {
        let start = try content(of: "tkhd") + 40
        for (index, value) in [(0, a), (1, b), (3, c), (4, d)] {
            write(UInt32(bitPattern: value << 16), at: start + index * 4)
        }
    }
}
