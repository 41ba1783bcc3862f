import ANBCore

/// Where an object's file lies below the root of a ``FilesystemObjectStore``.
///
/// A store has no folders: `a` and `a/b` are two objects, and a segment may have 1,024 bytes. A file system has
/// folders and names of at most 255 bytes. So a segment that other segments follow becomes a folder with a `+` after
/// its name, and every ``cutBytes`` bytes of a long segment become a folder with a `~` after its name, in which the
/// rest, perhaps empty, goes on. Neither character is allowed in a key. Within any one folder all keys below one
/// entry lie between those of its neighbours, so a walk in the order of ``EntryName/stem`` lists in key order.
struct ObjectPath: Hashable {
    /// Bytes; with its mark a part stays below the 255 that file systems allow.
    static let cutBytes = 200

    var folders: [String]
    var file: String

    init(_ key: ObjectKey) {
        var segments = key.description.split(separator: "/")[...]
        let (cuts, rest) = Self.cut(segments.removeLast())
        folders = segments.flatMap(Self.folders(of:)) + cuts
        file = EntryName.object(String(rest)).text
    }

    /// The folders in which everything below a key and a slash lies.
    static func folders(below key: ObjectKey) -> [String] {
        key.description.split(separator: "/").flatMap(folders(of:))
    }

    private static func folders(of segment: Substring) -> [String] {
        let (cuts, rest) = cut(segment)
        return cuts + [EntryName.folder(String(rest)).text]
    }

    private static func cut(_ segment: Substring) -> (cuts: [String], rest: Substring) {
        var cuts: [String] = []
        var rest = segment
        while rest.utf8.count >= cutBytes {
            cuts.append(EntryName.cut(String(rest.prefix(cutBytes))).text)
            rest = rest.dropFirst(cutBytes)
        }
        return (cuts, rest)
    }
}

/// What an entry of a folder stands for.
enum EntryName: Hashable {
    /// The last segment of a key, or its end.
    case object(String)
    /// A segment, or its end, that a slash follows.
    case folder(String)
    /// The first ``ObjectPath/cutBytes`` bytes of a segment, or of its rest.
    case cut(String)

    /// - Parameter text: As found on disk; `nil` for what no key is stored as.
    init?(_ text: String) {
        switch text.utf8.last {
        case UInt8(ascii: "+"): self = .folder(String(text.dropLast()))
        case UInt8(ascii: "~") where text.utf8.count == 1: self = .object("")
        case UInt8(ascii: "~"): self = .cut(String(text.dropLast()))
        default: self = .object(text)
        }
        guard part.isEmpty || (try? ObjectKey("x" + part)) != nil else { return nil }
    }

    /// The name on disk.
    var text: String {
        switch self {
        case .object(""): "~"
        case .object(let part): part
        case .folder(let part): part + "+"
        case .cut(let part): part + "~"
        }
    }

    /// What all its keys have here: the keys begin with it, or are it.
    var stem: String {
        switch self {
        case .object(let part), .cut(let part): part
        case .folder(let part): part + "/"
        }
    }

    private var part: String {
        switch self {
        case .object(let part), .folder(let part), .cut(let part): part
        }
    }
}
