import HTTPTypes
import Hummingbird

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
