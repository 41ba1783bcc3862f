import ANBCore
import HTTPTypes
import Hummingbird

/// One request on its way through a route, whatever context its application uses.
struct Call: Sendable {
    let request: Request
    let parameters: Parameters
    /// The peer's address, where the context knows it.
    let remoteAddress: String?
    private let caller: Identity?

    /// - Parameter caller: Who the access token says it is, on routes that need one.
    init(_ request: Request, _ context: some RequestContext, caller: Identity? = nil) {
        self.request = request
        self.caller = caller
        self.parameters = context.parameters
        self.remoteAddress = (context as? any RemoteAddressRequestContext)?.remoteAddress?.ipAddress
    }

    /// Never empty below ``CorrelationMiddleware``.
    var correlationID: String { request.headers[.correlationID] ?? "" }

    /// Who calls a route that needs an access token.
    /// - Throws: ``ANBError/Code/internal`` on other routes.
    var identity: Identity {
        get throws {
            guard let caller else { throw ANBError.internal("the route asks for an identity and not for a token") }
            return caller
        }
    }

    /// An id in the path.
    /// - Throws: ``ANBError/Code/notFound`` when it is malformed: nothing can be there.
    func identifier<Entity>(_ name: String, of _: Entity.Type = Entity.self) throws -> Identifier<Entity> {
        guard let id = parameters.get(name).flatMap({ Identifier<Entity>($0) }) else {
            throw ANBError(.notFound, "There is nothing with this id.")
        }
        return id
    }
}
