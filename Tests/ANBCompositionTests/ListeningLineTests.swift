import ANBHTTP
import NIOCore
import Testing

@testable import ANBComposition

@Suite struct ListeningLineTests {
    @Test(arguments: [
        ("127.0.0.1", 8000, HTTPSettings.RouteSet.all, "http://127.0.0.1:8000 (page /, API /docs, data in /data)"),
        ("::1", 18471, .core, "http://[::1]:18471 (page /, API /docs, data in /data)"),
        ("0.0.0.0", 80, .auth, "http://0.0.0.0:80 (API /docs, data in /data)"),
    ])
    func anAddressThatABrowserTakes(host: String, port: Int, routes: HTTPSettings.RouteSet, said: String) throws {
        let address = try SocketAddress(ipAddress: host, port: port)
        #expect(ListeningLine(address: address, routes: routes, dataDirectory: "/data").description == "listening on \(said)")
    }
}
