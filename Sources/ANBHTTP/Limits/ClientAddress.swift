import Glibc

/// An IP address as its bytes; an IPv4 address in IPv6's form counts as IPv4.
struct ClientAddress: Hashable, Sendable {
    /// 4 or 16.
    let bytes: [UInt8]

    private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    /// - Parameter text: An address without a port.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        if let four = Self.parse(text, AF_INET, count: 4) {
            bytes = four
        } else if let sixteen = Self.parse(text, AF_INET6, count: 16) {
            bytes = sixteen.starts(with: Self.mappedPrefix) ? Array(sixteen.suffix(4)) : sixteen
        } else {
            return nil
        }
    }

    private static func parse(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// 127.0.0.0/8 and ::1: a program of this machine, which tells nothing of who asks it.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
    }

    /// By which votes are compared: /24 of IPv4, /48 of IPv6.
    var votingNetwork: ArraySlice<UInt8> { bytes.prefix(bytes.count == 4 ? 3 : 6) }

    /// What people of one household or organisation share: /24 of IPv4, /56 of IPv6.
    var network: ArraySlice<UInt8> { bytes.prefix(bytes.count == 4 ? 3 : 7) }
}
