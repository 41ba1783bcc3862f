import ANBCore
import Glibc

/// What an MP4's boxes claim and libav would believe at a great price, read before libav sees them.
///
/// It makes room for every sample that is counted, 24 bytes, before it looks for one: 50 kB of boxes took 2.5 GB. It goes through
/// all samples for each edit: 200,000 of them took more than a minute. It unpacks a compressed header whole: 400 MB of zeros. A cover
/// is kept in memory, whole.
struct HeaderClaims {
    /// Cameras write one edit or two, and those who cut a clip out of others some dozens.
    private static let editsMax = 1000
    /// Old sound tracks count moments instead of samples; so many are no harm.
    private static let harmless = 2_000_000
    /// Bytes of a file beside its pictures and sound. What libav finds there it keeps, some of it three times: attachments, covers.
    static let sideBytesMax: Int64 = 32 << 20
    /// Headers looked at; a memory limit stands behind this.
    private static let boxesMax = 300_000
    private static let depthMax = 8
    /// A box's header, and the content that is of use here.
    private static let readBytes = 32
    /// Content of a box that is searched at once.
    private static let searchedBytes = 64 << 10
    /// All that libav takes for boxes of boxes, wherever it finds them: a table of samples counts within each.
    private static let containers = Set(
        [
            "moov", "trak", "edts", "mdia", "minf", "stbl", "moof", "traf", "dinf", "mvex", "tref", "udta", "ilst", "wave",
            "wide", "sinf", "schi",
        ].map(code))
    /// Their boxes stand behind fields of many lengths.
    private static let searched = Set(["stsd", "iprp"].map(code))
    /// Its boxes start with this one, with or without a version in front.
    private static let (metadata, handler) = (code("meta"), code("hdlr"))
    /// libav takes them for a `moov` when they start as one does.
    private static let disguises = Set(["free", "hoov"].map(code))
    private static let movieStarts = Set(["mvhd", "cmov"].map(code))
    /// Where they may stand first.
    private static let headers = Set(["moov", "meta", "udta"].map(code))
    private static let sampleSizes = code("stsz")
    private static let compactSizes = code("stz2")
    private static let trackRun = code("trun")
    private static let editList = code("elst")
    /// QuickTime's of the nineties; nothing writes it any more.
    private static let compressedHeader = code("cmov")
    private static let claims = Set([sampleSizes, compactSizes, trackRun, editList, compressedHeader])

    private let descriptor: Int32
    private let byteCount: Int64
    private var bytes = [UInt8](repeating: 0, count: Self.readBytes)
    private var boxes = 0
    private var samplesWithoutBytes: Int64 = 0
    private var editsOfATrack: UInt32 = 0
    private var isCompressed = false
    private var sideBytes: Int64 = 0
    /// Not all of it was looked at.
    private var isOverfull = false

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
        if sideBytes > Self.sideBytesMax { return Self.tooMuchBesideTheVideo }
        if isCompressed { return .damaged("its header is compressed; save it as MP4", operatorMessage: "a box cmov") }
        return isOverfull
            ? .damaged(
                "its header has too many parts",
                operatorMessage: "more than \(Self.boxesMax) boxes, or more than \(Self.depthMax) within each other") : nil
    }

    static var tooMuchBesideTheVideo: ANBError {
        .rejected(
            .fileDamaged,
            "The file holds more than \(sideBytesMax >> 20) MB beside its video, such as attachments or a cover. Please save it without "
                + "them.", operatorMessage: "a header of more than \(sideBytesMax) bytes")
    }

    private mutating func walk(_ range: Range<Int64>, depth: Int) {
        var start = range.lowerBound
        while start <= range.upperBound - 8 {
            guard depth <= Self.depthMax, boxes < Self.boxesMax else {
                isOverfull = true
                return
            }
            boxes += 1
            guard pread(descriptor, &bytes, bytes.count, off_t(start)) >= 8 else { return }
            let name = word(at: 4)
            let isLong = word(at: 0) == 1
            let header = isLong ? 16 : 8
            let size = isLong ? Int64(word(at: 8)) << 32 | Int64(word(at: 12)) : Int64(word(at: 0))
            let rest = range.upperBound - start
            let end = size == 0 || size > rest ? range.upperBound : start + size
            guard size == 0 || size >= header else { return }
            look(into: name, header: header, content: min(start + Int64(header), end)..<end, depth: depth)
            start = end
        }
    }

    /// - Parameters:
    ///   - name: Of the box whose first bytes were read.
    ///   - header: Its bytes before the content.
    private mutating func look(into name: UInt32, header: Int, content: Range<Int64>, depth: Int) {
        let isDisguised = Self.disguises.contains(name) && Self.movieStarts.contains(word(at: header + 4))
        // Any other `free` is room that a recorder left, of any size, and is skipped.
        if depth == 0, isDisguised || Self.headers.contains(name) { sideBytes += Int64(content.count) }
        if isDisguised || Self.containers.contains(name) {
            walk(content, depth: depth + 1)
        } else if name == Self.metadata, word(at: header + 4) == Self.handler {
            walk(content, depth: depth + 1)
        } else if name == Self.metadata, word(at: header + 8) == Self.handler {
            walk(min(content.lowerBound + 4, content.upperBound)..<content.upperBound, depth: depth + 1)
        } else if name == Self.metadata || Self.searched.contains(name) {
            search(content)
        } else {
            note(name, at: header)
        }
    }

    /// Takes whatever looks like one of the boxes in question for one.
    private mutating func search(_ range: Range<Int64>) {
        var (start, piece) = (range.lowerBound, [UInt8](repeating: 0, count: Self.searchedBytes))
        while start <= range.upperBound - 8 {
            let count = min(piece.count, Int(range.upperBound - start))
            guard case let got = pread(descriptor, &piece, count, off_t(start)), got >= 8 else { return }
            var name: UInt32 = 0
            for index in 0..<got {
                name = name << 8 | UInt32(piece[index])
                guard index >= 7, Self.claims.contains(name) else { continue }
                guard pread(descriptor, &bytes, bytes.count, off_t(start) + off_t(index - 7)) >= 8 else { return }
                note(name, at: word(at: 0) == 1 ? 16 : 8)
            }
            // The next piece starts with what may be the start of a box.
            start += Int64(got - 7)
        }
    }

    /// - Parameter offset: Where the content starts in the bytes that were read.
    private mutating func note(_ name: UInt32, at offset: Int) {
        switch name {
        case Self.sampleSizes: addSizes(at: offset)
        case Self.compactSizes: samplesWithoutBytes += Int64(word(at: offset + 8))
        case Self.trackRun: samplesWithoutBytes += Int64(word(at: offset + 4))
        case Self.editList: editsOfATrack = max(editsOfATrack, word(at: offset + 4))
        case Self.compressedHeader: isCompressed = true
        default: break
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
