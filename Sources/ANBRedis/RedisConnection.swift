import ANBCore
import NIOCore
import NIOPosix
import NIOSSL

/// One signed-in connection. Commands of any number of tasks share it; replies come in order.
final class RedisConnection: Sendable {
    let endpoint: RedisEndpoint
    private let channel: any Channel

    private init(_ channel: any Channel, _ endpoint: RedisEndpoint) {
        self.channel = channel
        self.endpoint = endpoint
    }

    var isOpen: Bool { channel.isActive }
    /// Completes when the connection is gone, for whatever reason.
    var closed: EventLoopFuture<Void> { channel.closeFuture }

    func close() { channel.close(promise: nil) }

    /// - Parameter limit: How long the answer may take; then the connection is closed.
    func send(_ command: RedisCommand, limit: TimeAmount) -> EventLoopFuture<RESPValue> {
        let answer = channel.eventLoop.makePromise(of: RESPValue.self)
        let request = RedisRequest(bytes: command.encoded(), answer: answer, deadline: .now() + limit)
        // Fails when the channel was closed before the handler saw the request; a second completion does nothing.
        let endpoint = endpoint
        channel.write(request).whenFailure { answer.fail(RedisFailure.broken($0, at: endpoint)) }
        return answer.futureResult
    }
}

// MARK: - Connecting

extension RedisConnection {
    /// Connects and signs in.
    /// - Parameter limit: For the connection, and once more for signing in with the TLS handshake.
    static func open(
        _ endpoint: RedisEndpoint, tls: NIOSSLContext?, on loop: any EventLoop, limit: TimeAmount
    ) -> EventLoopFuture<RedisConnection> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tlsHandler(tls, endpoint.host)) }
                    try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(endpoint: endpoint))
                }
            }
        return bootstrap.connect(host: endpoint.host, port: endpoint.port)
            .map { RedisConnection($0, endpoint) }
            .flatMap { connection in connection.signIn(limit: limit).map { connection } }
            .flatMapErrorThrowing { throw RedisFailure.broken($0, at: endpoint) }
    }

    /// What `rediss://` trusts and demands.
    /// - Throws: ``ANBError/Code/misconfigured`` when the file of authorities cannot be used.
    static func tlsContext(_ endpoint: RedisEndpoint) throws -> NIOSSLContext? {
        guard endpoint.usesTLS else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        do {
            if let path = endpoint.authoritiesPath {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let file = endpoint.authoritiesPath ?? "the system's file"
            throw ANBError(.misconfigured, "REDIS_URL: the certificates in \(file) cannot be read.", cause: error)
        }
    }

    private static func tlsHandler(_ context: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        // An address is checked against the certificate all the same, but may not be sent as a name.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private func signIn(limit: TimeAmount) -> EventLoopFuture<Void> {
        var hello = RedisCommand("HELLO", "3")
        if let password = endpoint.password { hello.parts += ["AUTH", endpoint.user ?? "default", password.text] }
        hello.parts += ["SETNAME", "anb"]
        var steps = [send(hello, limit: limit)]
        if endpoint.database != 0 { steps.append(send(RedisCommand("SELECT", String(endpoint.database)), limit: limit)) }
        let endpoint = endpoint
        let signedIn = EventLoopFuture.whenAllSucceed(steps, on: channel.eventLoop).flatMapThrowing { replies in
            for case .error(let error) in replies { throw Self.explain(error, endpoint) }
        }
        signedIn.whenFailure { _ in self.close() }
        return signedIn
    }

    private static func explain(_ error: RedisServerError, _ endpoint: RedisEndpoint) -> any Error {
        guard error.message.contains("DB index") else { return error }
        return ANBError(
            .misconfigured, "REDIS_URL: the server has no database number \(endpoint.database).", cause: error)
    }
}
