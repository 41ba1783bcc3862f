import ANBCore

/// The load balancers in front of this server, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
///
/// A client can write anything into that header, so it counts only from a trusted peer, and only from its right end: the
/// first address there that is not a trusted proxy's own is the client.
public struct TrustedProxies: Hashable, Sendable {
    private struct Range: Hashable {
        var bytes: [UInt8]
        var bits: Int
    }

    /// Entries of the header that are looked at, from the right.
    private static let hopsMax = 20

    /// Nobody: the peer is the client.
    public static let none = TrustedProxies()

    private let ranges: [Range]

    private init() { ranges = [] }

    /// - Parameter text: Addresses and ranges such as `10.0.0.0/8, fd00::/8, 192.0.2.7`, separated by commas.
    /// - Throws: `ANBError.Code.misconfigured` naming the entry that is neither.
    public init(_ text: String) throws {
        ranges = try text.split(separator: ",").map { try Self.range($0.trimmed) }
    }

    private static func range(_ entry: Substring) throws -> Range {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ ClientAddress($0) }) else { throw wrong(entry) }
        let bitsMax = address.bytes.count * 8
        guard parts.count == 2 else { return Range(bytes: address.bytes, bits: bitsMax) }
        guard let bits = Int(parts[1]), (0...bitsMax).contains(bits) else { throw wrong(entry) }
        return Range(bytes: address.bytes, bits: bits)
    }

    private static func wrong(_ entry: Substring) -> ANBError {
        ANBError(.misconfigured, "\"\(entry.prefix(60))\" is not an address or a range like 10.0.0.0/8.")
    }

    /// - Parameters:
    ///   - peer: Who is at the other end of the connection.
    ///   - forwarded: The values of `X-Forwarded-For`, in the order of the header lines.
    /// - Returns: `nil` when the client cannot be told.
    func client(peer: String?, forwarded: [String]) -> ClientAddress? {
        guard let peer = peer.flatMap({ ClientAddress($0) }) else { return nil }
        guard contains(peer) else { return peer }
        let hops = forwarded.joined(separator: ",").split(separator: ",").suffix(Self.hopsMax)
        for hop in hops.reversed() {
            // What a proxy wrote that is no address hides whatever is to its left.
            guard let address = Self.address(hop.trimmed) else { return nil }
            if !contains(address) { return address }
        }
        return nil
    }

    /// Whether what the peer says of its client is believed.
    func trusts(peer: String?) -> Bool { peer.flatMap { ClientAddress($0) }.map(contains) ?? false }

    /// Some proxies add the port.
    private static func address(_ hop: Substring) -> ClientAddress? {
        if hop.first == "[", let end = hop.firstIndex(of: "]") {
            return ClientAddress(hop[hop.index(after: hop.startIndex)..<end])
        }
        return ClientAddress(hop) ?? hop.firstIndex(of: ":").flatMap { ClientAddress(hop[..<$0]) }
    }

    private func contains(_ address: ClientAddress) -> Bool {
        ranges.contains { range in
            guard range.bytes.count == address.bytes.count else { return false }
            let (whole, rest) = (range.bits / 8, range.bits % 8)
            guard range.bytes.prefix(whole) == address.bytes.prefix(whole) else { return false }
            return rest == 0 || (range.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
