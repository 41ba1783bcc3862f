import ANBCore
import HTTPTypes
import Hummingbird

/// One request on its way through a route, whatever context its application uses.
struct Call: Sendable {
    let request: Request
    let parameters: Parameters
    /// The peer's address, where the context knows it.
    let remoteAddress: String?

    init(_ request: Request, _ context: some RequestContext) {
        self.request = request
        self.parameters = context.parameters
        self.remoteAddress = (context as? any RemoteAddressRequestContext)?.remoteAddress?.ipAddress
    }

    /// Never empty below ``CorrelationMiddleware``.
    var correlationID: String { request.headers[.correlationID] ?? "" }

    /// An id in the path.
    /// - Throws: ``ANBError/Code/notFound`` when it is malformed: nothing can be there.
    func identifier<Entity>(_ name: String, of _: Entity.Type = Entity.self) throws -> Identifier<Entity> {
        guard let id = parameters.get(name).flatMap({ Identifier<Entity>($0) }) else {
            throw ANBError(.notFound, "There is nothing with this id.")
        }
        return id
    }
}
