import ANBCore
import Foundation

/// Where a service listens: scheme, host and perhaps a port.
package struct AWSEndpoint: Hashable, Sendable, CustomStringConvertible {
    package let scheme: String
    /// The host, with the port unless it is the scheme's own; what the `Host` header says.
    package let authority: String

    /// - Parameter text: `http://host:port` or `https://host`, without a path.
    /// - Throws: ``ANBError/Code/misconfigured``.
    package init(_ text: String) throws {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
            ["", "/"].contains(parts.path), parts.query == nil, parts.user == nil
        else {
            throw ANBError(.misconfigured, "\"\(text.prefix(200))\" is not an address like https://host or http://host:port.")
        }
        let standardPort = scheme == "https" ? 443 : 80
        self.scheme = scheme
        authority = parts.port.flatMap { $0 == standardPort ? nil : "\(host):\($0)" } ?? host
    }

    private init(scheme: String, authority: String) {
        self.scheme = scheme
        self.authority = authority
    }

    /// The public endpoint of a service in a region.
    package static func aws(_ service: String, region: String) -> AWSEndpoint {
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return AWSEndpoint(scheme: "https", authority: "\(service).\(region).\(suffix)")
    }

    /// The same endpoint with a name in front of the host.
    package func subdomain(_ name: String) -> AWSEndpoint {
        AWSEndpoint(scheme: scheme, authority: "\(name).\(authority)")
    }

    package var description: String { "\(scheme)://\(authority)" }
}
