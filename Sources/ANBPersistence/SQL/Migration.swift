/// One step of the schema. Once released it never changes: its checksum is kept in the database.
struct Migration: Sendable {
    /// 1 is the first; without gaps.
    var version: Int
    var name: String
    /// In the order in which they run, for every dialect.
    var statements: [String]

    /// FNV-1a over name and statements, in hex. It finds edits made by mistake, not forgeries.
    var checksum: String {
        let text = ([name] + statements).joined(separator: "\n")
        let hash = text.utf8.reduce(into: 0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return String(hash, radix: 16)
    }
}
