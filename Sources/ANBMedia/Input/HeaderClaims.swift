import ANBCore
import Glibc

/// What an MP4's boxes claim and libav would believe at a great price, read before libav sees them.
///
/// It makes room for every sample that is counted, 24 bytes, before it looks for one: 50 kB of boxes took 2.5 GB. It goes through
/// all samples for each edit: 200,000 of them took more than a minute. It unpacks a compressed header whole: 400 MB of zeros.
struct HeaderClaims {
    /// Cameras write one edit or two, and those who cut a clip out of others some dozens.
    private static let editsMax = 1000
    /// Old sound tracks count moments instead of samples; so many are no harm.
    private static let harmless = 2_000_000
    /// Headers looked at; a memory limit stands behind this.
    private static let boxesMax = 300_000
    private static let depthMax = 8
    /// A box's header, and the content that is of use here.
    private static let readBytes = 32
    private static let containers = Set(["moov", "trak", "edts", "mdia", "minf", "stbl", "moof", "traf"].map(code))
    private static let sampleSizes = code("stsz")
    private static let trackRun = code("trun")
    private static let editList = code("elst")
    /// QuickTime's of the nineties; nothing writes it any more.
    private static let compressedHeader = code("cmov")

    private let descriptor: Int32
    private let byteCount: Int64
    private var bytes = [UInt8](repeating: 0, count: Self.readBytes)
    private var boxes = 0
    private var samplesWithoutBytes: Int64 = 0
    private var editsOfATrack: UInt32 = 0
    private var isCompressed = false

    init(descriptor: Int32, byteCount: Int64) {
        self.descriptor = descriptor
        self.byteCount = byteCount
        walk(0..<byteCount, depth: 0)
    }

    /// Why libav must not see it, for the player and for operators; nil for what a camera or an editor may have written.
    var fault: ANBError? {
        // A sample has a byte at least.
        if samplesWithoutBytes > max(byteCount, Int64(Self.harmless)) {
            return .damaged(
                "its end is missing", operatorMessage: "it counts \(samplesWithoutBytes) samples that it has no room for")
        }
        if editsOfATrack > Self.editsMax {
            return .damaged(
                "it is cut together from \(editsOfATrack) pieces, more than \(Self.editsMax)",
                operatorMessage: "an edit list of \(editsOfATrack)")
        }
        return isCompressed ? .damaged("its header is compressed; save it as MP4", operatorMessage: "a box cmov") : nil
    }

    private mutating func walk(_ range: Range<Int64>, depth: Int) {
        guard depth <= Self.depthMax else { return }
        var start = range.lowerBound
        while start <= range.upperBound - 8, boxes < Self.boxesMax {
            boxes += 1
            guard pread(descriptor, &bytes, bytes.count, off_t(start)) >= 8 else { return }
            let name = word(at: 4)
            let isLong = word(at: 0) == 1
            let header = isLong ? 16 : 8
            let size = isLong ? Int64(word(at: 8)) << 32 | Int64(word(at: 12)) : Int64(word(at: 0))
            let rest = range.upperBound - start
            let end = size == 0 || size > rest ? range.upperBound : start + size
            guard size == 0 || size >= header else { return }
            if Self.containers.contains(name) {
                walk(min(start + Int64(header), end)..<end, depth: depth + 1)
            } else if name == Self.sampleSizes {
                addSizes(at: header)
            } else if name == Self.trackRun {
                samplesWithoutBytes += Int64(word(at: header + 4))
            } else if name == Self.editList {
                editsOfATrack = max(editsOfATrack, word(at: header + 4))
            } else if name == Self.compressedHeader {
                isCompressed = true
            }
            start = end
        }
    }

    /// Only one size for all samples needs no table.
    private mutating func addSizes(at offset: Int) {
        let (size, samples) = (Int64(word(at: offset + 4)), Int64(word(at: offset + 8)))
        if size > 0, samples > byteCount / size { samplesWithoutBytes += samples }
    }

    /// Big-endian.
    private func word(at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func code(_ name: String) -> UInt32 { name.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
}
