import ANBCore
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The connections to services, shared by everything that talks to them.
package struct AWSHTTP: Sendable {
    /// No bytes for this long end a connection; more than the longest long poll.
    static let idleSecondsMax: Int64 = 30
    static let connectSecondsMax: Int64 = 5
    /// Long polls hold a connection each.
    static let connectionsPerHostMax = 64

    let client: HTTPClient

    /// - Parameter addresses: Overrides name lookup, for tests: host name → IP address.
    package init(addresses: [String: String] = [:]) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(
            connect: .seconds(Self.connectSecondsMax), read: .seconds(Self.idleSecondsMax), write: .seconds(Self.idleSecondsMax))
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHostMax
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.dnsOverride = addresses
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func execute(_ request: AWSRequest, timeMax: Duration) async throws -> HTTPClientResponse {
        try await client.execute(
            request.httpRequest(client.eventLoopGroup), deadline: .now() + .milliseconds(timeMax.wholeMilliseconds))
    }

    /// Call it when nothing uses the connections any more.
    package func shutdown() async throws { try await client.shutdown() }
}

extension AWSRequest {
    func httpRequest(_ loops: any EventLoopGroup) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        // An empty body of its own would announce a length where none belongs.
        if !body.isEmpty || ["PUT", "POST"].contains(method) { request.body = body.httpBody(loops) }
        return request
    }
}

extension AWSBody {
    fileprivate func httpBody(_ loops: any EventLoopGroup) -> HTTPClientRequest.Body {
        switch self {
        case .bytes(let bytes): .bytes(bytes)
        case .chunks(let chunks, let byteCount):
            .stream(PacedChunks(chunks: chunks, loops: loops), length: .known(byteCount))
        }
    }
}
