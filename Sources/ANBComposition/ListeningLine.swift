import ANBHTTP
import NIOCore

/// What a server says when it listens: an address for a browser, and where things are.
struct ListeningLine: CustomStringConvertible {
    let address: SocketAddress?
    let routes: HTTPSettings.RouteSet
    let dataDirectory: String

    var description: String {
        let page = routes == .auth ? "" : "page /, "
        return "listening on \(address?.url ?? "an unknown address") (\(page)API /docs, data in \(dataDirectory))"
    }
}

extension SocketAddress {
    /// For a browser; an IPv6 address in brackets.
    var url: String? {
        guard let host = ipAddress, let port else { return nil }
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
