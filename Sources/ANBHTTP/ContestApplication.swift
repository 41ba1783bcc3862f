public import ANBCore
public import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore

/// The contest as an application of its own: routes, limits of the server, graceful end.
/// - Parameters:
///   - routes: What it answers.
///   - host: The address to listen on.
///   - port: The port to listen on; 0 takes a free one.
///   - logger: For access and error lines.
///   - onServerRunning: Called once with the listening channel; its `localAddress` tells the real port.
public func makeContestApplication(
    _ routes: ContestRoutes, host: String = "127.0.0.1", port: Int = 8000, logger: Logger,
    onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let limits = routes.settings.limits
    return Application(
        router: makeContestRouter(routes),
        server: makeContestServer(
            routes.settings, uploadBytesMax: routes.contest.rules.limits.uploadBytesMax,
            ids: routes.contest.backends.ids, logger: logger),
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionsMax, logger: logger)),
        onServerRunning: onServerRunning,
        logger: logger)
}

/// An HTTP/1.1 server with the edge limits, for applications that mount ``ContestRoutes`` beside their own.
/// - Parameters:
///   - settings: Limits of the edge.
///   - uploadBytesMax: Larger declared bodies are not invited with `100 Continue`.
///   - ids: Makes the correlation ids of requests that cannot be read.
///   - logger: For lines about those.
public func makeContestServer(
    _ settings: HTTPSettings, uploadBytesMax: Int64, ids: any IDGenerator = SystemIDs(), logger: Logger
) -> HTTPServerBuilder {
    let limits = settings.limits
    let crowd = WaitingConnections(connectionsMax: limits.connectionsMax)
    let configuration = HTTP1Channel.Configuration(
        additionalChannelHandlers: [
            ConnectionGuard(
                limits: limits, bodyBytesMax: uploadBytesMax + VideoUploads.formOverheadBytesMax, crowd: crowd, ids: ids,
                logger: logger),
            PartingHandler(seconds: limits.partingSeconds),
        ],
        idleTimeout: .seconds(limits.keptSecondsMax),
        httpDecoderConfiguration: .init(
            maxHeaderFieldSize: limits.headerBytesMax, maxHeaderListSize: limits.headerBytesMax,
            maxHeaderFieldCount: limits.headerFieldsMax))
    return HTTPServerBuilder { LoopBoundChannel(base: HTTP1Channel(responder: $0, configuration: configuration)) }
}
