/// The containers the platform accepts, recognised by their first bytes and never by a name.
enum Container: String, CaseIterable {
    /// MP4 and QuickTime's MOV differ in their brand only.
    case mp4, mov, matroska, avi, mpegts, mpeg

    /// Bytes of the file's start that ``init(sniffing:)`` wants to see.
    static let sniffedBytes = 1024

    /// libavformat's short name for the only demuxer that may open it.
    var demuxerName: String { isMov ? Container.mov.rawValue : rawValue }

    /// Boxes within boxes.
    var isMov: Bool { self == .mov || self == .mp4 }

    /// Recordings that were joined byte by byte are one, with times that jump.
    var isBroadcast: Bool { self == .mpegts || self == .mpeg }

    /// - Parameter head: The file's first bytes, fewer when the file is shorter.
    init?(sniffing head: [UInt8]) {
        if Self.isMov(head) {
            self = Self.isQuickTime(head) ? .mov : .mp4
        } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            self = .matroska
        } else if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).starts(with: Array("AVI ".utf8)) {
            self = .avi
        } else if Self.isTransportStream(head) {
            self = .mpegts
        } else if head.starts(with: [0x00, 0x00, 0x01, 0xBA]) {
            self = .mpeg
        } else {
            return nil
        }
    }

    private static func isMov(_ head: [UInt8]) -> Bool {
        guard head.count >= 8 else { return false }
        return (mp4Starts + ["moov", "mdat", "wide", "free", "skip", "pnot"]).contains { head[4..<8].elementsEqual($0.utf8) }
    }

    /// MP4 names its brand, or starts with a part of a broadcast, and early MOV does neither.
    private static func isQuickTime(_ head: [UInt8]) -> Bool {
        !mp4Starts.contains { head[4..<8].elementsEqual($0.utf8) } || head.dropFirst(8).starts(with: Array("qt  ".utf8))
    }

    private static let mp4Starts = ["ftyp", "styp", "sidx", "moof", "uuid"]

    /// Sync bytes where three packets start; packets are 188 bytes, or 192 with a time code in front.
    private static func isTransportStream(_ head: [UInt8]) -> Bool {
        [(first: 0, step: 188), (first: 4, step: 192)].contains { layout in
            (0..<3).allSatisfy { index in
                let offset = layout.first + index * layout.step
                return offset < head.count && head[offset] == 0x47
            }
        }
    }
}
