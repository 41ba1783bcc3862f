import ANBCore
import HTTPTypes
import Hummingbird

/// One method of one path, and what answers it. A value, so that the same list feeds the router, the method table and
/// the API's document.
struct Route: Sendable {
    /// Who may call it.
    enum Access: Hashable, Sendable {
        case anyone
        /// Whoever brings an access token; ``Call/identity`` tells who.
        case signedIn
        /// The same, with at least one of these roles.
        case having([User.Role])

        var needsToken: Bool { self != .anyone }
    }

    /// How a good answer looks in the document.
    struct Success: Sendable {
        var status: HTTPResponse.Status
        var mediaType: String
        /// `nil` for a schema that is used only here.
        var name: String?
        var isList = false
        var shape: Shape
        /// Of answers that look the same and mean less good news.
        var otherStatuses: [HTTPResponse.Status] = []

        /// An answer that is all said in its header fields.
        static func empty(_ status: HTTPResponse.Status) -> Success {
            Success(status: status, mediaType: "", shape: Shape(schema: [:], example: [:]))
        }
    }

    var method: HTTPRequest.Method
    /// Segments; `:name` is any one, `**` at the end is all the rest.
    var path: String
    var access: Access
    /// `nil` keeps the route out of the document: another name of a documented one, or a signed link.
    var operation: Operation?
    var success: Success?
    var answer: @Sendable (Call) async throws -> Response

    /// A route that answers with JSON.
    init<Value: Documented>(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access = .anyone, _ operation: Operation? = nil,
        status: HTTPResponse.Status = .ok, _ answer: @escaping @Sendable (Call) async throws -> Reply<Value>
    ) {
        self.init(method, path, access) { call in
            let reply = try await answer(call)
            switch reply.content {
            case .value(let value): return try JSONAnswer.response(value, status: status, headers: reply.headers)
            case .kept(let kept): return kept.response(reply.headers)
            }
        }
        self.operation = operation
        self.success = Success(Value.self, status: status)
    }

    /// A route that answers with a page that is kept, or with 304.
    static func board<Value: Documented>(
        _ path: String, _ operation: Operation, as _: Value.Type, _ answer: @escaping @Sendable (Call) async throws -> BoardPage
    ) -> Route {
        var success = Success(Value.self, status: .ok)
        success?.otherStatuses = [.notModified]
        return Route(.get, path, .anyone, operation.with(.ifNoneMatch), success: success) { call in
            try await answer(call).response(to: call.request)
        }
    }

    /// A route that makes its answer itself.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access = .anyone, _ operation: Operation? = nil,
        success: Success? = nil, _ answer: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.operation = operation
        self.success = success
        self.answer = answer
    }

    /// The same under another path, which the document leaves out.
    func alias(_ path: String) -> Route {
        var alias = self
        alias.path = path
        alias.operation = nil
        return alias
    }
}

/// What a route says: a value that becomes JSON, and headers.
struct Reply<Value: Encodable & Sendable>: Sendable {
    enum Content: Sendable {
        case value(Value)
        /// As it went out, or will go out, to every repeat of the request.
        case kept(KeptAnswer)
    }

    var content: Content
    var headers: HTTPFields = [:]

    init(_ value: Value, headers: HTTPFields = [:]) {
        content = .value(value)
        self.headers = headers
    }

    init(kept: KeptAnswer, headers: HTTPFields) {
        content = .kept(kept)
        self.headers = headers
    }
}

extension Route.Success {
    init?<Value: Documented>(_: Value.Type, status: HTTPResponse.Status) {
        // The examples are constants whose encoding a test runs.
        guard let shape = try? Shape(of: Value.example, rename: JSONAnswer.wireName) else { return nil }
        self.status = status
        self.mediaType = "application/json"
        self.shape = shape.showing(without: Value.exampleOmits)
        let element = (Value.self as? any DocumentedList.Type)?.elementName
        self.isList = element != nil
        self.name = element ?? Value.documentName
    }
}

/// Tells lists from single values.
private protocol DocumentedList {
    static var elementName: String { get }
}

extension Array: DocumentedList where Element: Documented {
    static var elementName: String { Element.documentName }
}
