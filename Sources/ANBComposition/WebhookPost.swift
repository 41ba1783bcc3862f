import ANBCore
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Posts to the embedder's URL. Redirects are not followed, and nothing of an answer but its status is read.
struct WebhookPost: WebhookReceiver {
    private static let connectSecondsMax: Int64 = 5
    /// From the beginning of a try to its status.
    static let waitSecondsMax: Int64 = 10

    private let url: String
    private let client: HTTPClient

    init(url: String) {
        self.url = url
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(Self.connectSecondsMax), read: .seconds(Self.waitSecondsMax))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func post(_ body: String, headers: [(name: String, value: String)]) async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "anb-webhooks")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: body))
        return Int(try await client.execute(request, timeout: .seconds(Self.waitSecondsMax)).status.code)
    }

    /// Call it when nothing is sent any more.
    func shutdown() async throws { try await client.shutdown() }
}

extension Assembly {
    /// Tells the embedder what became of videos, where the settings name one.
    func webhookServices() -> [LoopService] {
        guard let webhook = settings.webhook else { return [] }
        let receiver = WebhookPost(url: webhook.url)
        let backends = contest.backends
        let delivery = WebhookDelivery(
            database: backends.database, receiver: receiver, signer: webhook.signer, clock: backends.clock, ids: backends.ids,
            logger: logger)
        return [
            LoopService {
                let result = await resultOf { try await delivery.run() }
                try await receiver.shutdown()
                try result.get()
            }
        ]
    }
}
