/// What people upload: a text that says what will become of it.
struct Clip: Hashable {
    enum Kind: String, CaseIterable {
        case good
        /// Refused before it is stored.
        case unreadable
        /// Refused by the worker.
        case poison
        /// Ends every worker that transcodes it.
        case killer
    }

    var kind: Kind
    /// Different for each.
    var number: Int

    var bytes: [UInt8] { Array("\(kind.rawValue) clip \(number)".utf8) }

    static func kind(of bytes: [UInt8]) -> Kind? {
        Kind(rawValue: String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }

    /// Stands for SHA-256, which is slow in a debug build and whose strength nothing here needs.
    static func digest(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0
        for byte in bytes { hash = Chance.mixed(hash ^ UInt64(byte)) }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    /// The published file of that name which belongs to a clip.
    static func output(_ name: String, of bytes: [UInt8]) -> [UInt8] { Array("\(name) of ".utf8) + bytes }
}
