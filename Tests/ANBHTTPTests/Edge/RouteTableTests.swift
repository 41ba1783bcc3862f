import Hummingbird
import Testing

@testable import ANBHTTP

@Suite struct RouteTableTests {
    private let table = RouteTable([
        Route(.get, "/a") { _ in Response(status: .ok) }, Route(.get, "/a/:id") { _ in Response(status: .ok) },
        Route(.delete, "/a/:id") { _ in Response(status: .ok) }, Route(.post, "/a/b") { _ in Response(status: .ok) },
        Route(.get, "/m/**") { _ in Response(status: .ok) },
    ])

    @Test(arguments: [
        ("/a", "GET, HEAD"), ("/a/", "GET, HEAD"), ("/a/1", "DELETE, GET, HEAD"), ("/a/b", "POST"),
        ("/m/x", "GET, HEAD"), ("/m/x/y/z", "GET, HEAD"),
    ]) func methodsOfAPath(path: String, allow: String) {
        #expect(table.allow(path) == allow)
    }

    @Test(arguments: ["/", "", "/b", "/a/1/2", "/m", "/A"]) func unknownPathsHaveNone(path: String) {
        #expect(table.allow(path) == nil)
    }
}
