import ANBCore
import HTTPTypes
import Hummingbird
import Logging

/// One method of one path, and what answers it. A value, so that the same list feeds the router and the method table.
struct Route: Sendable {
    var method: HTTPRequest.Method
    /// Segments; `:name` is any one, `**` at the end is all the rest.
    var path: String
    var answer: @Sendable (Call) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, _ answer: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.answer = answer
    }
}

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
