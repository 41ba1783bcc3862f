import ANBCore
import HTTPTypes
import Hummingbird

/// Makes the URLs in answers.
struct Links: Sendable {
    let library: VideoLibrary
    let publicBaseURL: String?
    let proxies: TrustedProxies

    /// A signed URL, absolute whatever the store answers.
    func url(for key: ObjectKey, _ call: Call) async throws -> String { try await url(for: key, base: base(for: call)) }

    /// - Parameter base: As ``base(for:)`` answers it.
    func url(for key: ObjectKey, base: String) async throws -> String {
        let url = try await library.link(to: key)
        return url.hasPrefix("/") ? base + url : url
    }

    /// The same for an object that there may not be.
    func url(forAny key: ObjectKey?, _ call: Call) async throws -> String? {
        try await url(forAny: key, base: base(for: call))
    }

    func url(forAny key: ObjectKey?, base: String) async throws -> String? {
        guard let key else { return nil }
        return try await url(for: key, base: base)
    }

    /// Empty when nothing is known; the URL then stays relative.
    func base(for call: Call) -> String {
        if let publicBaseURL { return publicBaseURL.hasSuffix("/") ? String(publicBaseURL.dropLast()) : publicBaseURL }
        guard let host = call.request.head.authority, !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte) else { return "" }
        let isSecure =
            call.request.headers[.forwardedProtocol]?.lowercased() == "https" && proxies.trusts(peer: call.remoteAddress)
        return "\(isSecure ? "https" : "http")://\(host)"
    }

    /// Names, IPv4 and IPv6 addresses, ports.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".-:[]_".utf8.contains(byte)
        }
    }
}
