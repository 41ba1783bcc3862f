public import Hummingbird
public import NIOCore

/// The context of the contest's own server. Routes work in any context; this one also knows the client's address.
public struct ContestRequestContext: RequestContext, RemoteAddressRequestContext {
    /// Hummingbird's own.
    public var coreContext: CoreRequestContextStorage
    /// Of the other end of the connection: the client's, or its last proxy's.
    public let remoteAddress: SocketAddress?

    /// As the server makes one for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
