import ANBHTTP
import NIOCore

/// What a server says when it listens: an address for a browser, and where things are.
struct ListeningLine: CustomStringConvertible {
    let address: SocketAddress?
    let routes: HTTPSettings.RouteSet
    let dataDirectory: String

    var description: String {
        let page = routes == .auth ? "" : "page /, "
        return "listening on \(address.url) (\(page)API /docs, data in \(dataDirectory))"
    }
}

extension SocketAddress? {
    /// For a browser; an IPv6 address in brackets.
    var url: String {
        guard let host = self?.ipAddress, let port = self?.port else { return "an unknown address" }
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
