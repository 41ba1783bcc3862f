/// The name of an object in a store.
///
/// Valid keys have 1…1,024 bytes of ASCII letters, digits and `-_.=/`, do not start or end with `/`, and have no
/// empty, `.` or `..` segment. So no backend can be led out of its root, and no key needs escaping in a URL.
public struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of UTF-8.
    public static let byteCountMax = 1024

    /// The key as text, without a leading `/`.
    public let description: String

    /// - Throws: ``ANBError/Code/invalidRequest`` when the text is not a valid key.
    public init(_ text: String) throws {
        guard Self.isValid(text) else {
            throw ANBError(.invalidRequest, "This is not a valid object key.", operatorMessage: "invalid object key")
        }
        description = text
    }

    private static func isValid(_ text: String) -> Bool {
        guard (1...byteCountMax).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_.=/".utf8.contains(byte)
        }
    }
}

extension ObjectKey: Comparable {
    /// By bytes, the order in which every store lists.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension ObjectKey: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension ObjectKey {
    /// Everything of one video's original lies below this prefix.
    public static func originalsPrefix(of video: VideoID) -> String { "originals/\(video)/" }

    /// Everything published of one video lies below this prefix.
    public static func publicationsPrefix(of video: VideoID) -> String { "processed/\(video)/" }

    /// - Parameter container: ``MediaInfo/container``; only its letters and digits are used.
    static func original(of video: VideoID, container: String) throws -> ObjectKey {
        try ObjectKey("\(originalsPrefix(of: video))original.\(container.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })")
    }

    /// The fence keeps two attempts apart, the content hash two contents.
    static func published(_ name: String, of video: Video, fence: Int64) throws -> ObjectKey {
        try ObjectKey("\(publicationsPrefix(of: video.id))\(fence)-\(video.originalSHA256.prefix(16))/\(name)")
    }

    /// The video an object belongs to, when the key has the platform's layout.
    public var videoID: VideoID? {
        let parts = description.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, ["originals", "processed", "uploads"].contains(parts[0]) else { return nil }
        return VideoID(String(parts[1]))
    }
}
