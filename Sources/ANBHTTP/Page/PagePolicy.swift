import Foundation

/// The content security policy of the page: nothing but its own files, and pictures and videos from where the object
/// store's links lead. No markup from text: scripts may not even try (Trusted Types).
struct PagePolicy {
    /// Origins of signed URLs, beside this server.
    var mediaOrigins: [String]

    var header: String {
        let media = (["'self'"] + mediaOrigins).joined(separator: " ")
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src \(media)",
            // blob: is the clip that the player is about to upload.
            "media-src \(media) blob:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    /// The origin of an absolute URL, as a policy names it.
    static func origin(of url: String) -> String? {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let host = parts.encodedHost, !host.isEmpty
        else { return nil }
        return "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
    }
}
