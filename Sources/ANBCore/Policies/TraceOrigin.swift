package import ServiceContextModule

/// What decides the ids of traces and spans, so that processes which only share a job agree on them without telling each
/// other: one trace for one correlation id, and a job's span below the span that accepted its upload.
package struct TraceOrigin: Hashable, Sendable {
    /// The trace.
    package var correlationID: String
    /// Names the span itself; `nil` gives it an id by chance.
    package var span: String?
    /// Names the span above; `nil` for the first one.
    package var parent: String?

    package init(correlationID: String, span: String? = nil, parent: String? = nil) {
        self.correlationID = correlationID
        self.span = span
        self.parent = parent
    }

    private enum Key: ServiceContextKey {
        typealias Value = TraceOrigin
        static let nameOverride: String? = "anb-origin"
    }

    /// The context of a span that begins here.
    package var context: ServiceContext { below(ServiceContext.topLevel) }

    /// The same below a span of this process.
    package func below(_ context: ServiceContext) -> ServiceContext {
        var context = context
        context[Key.self] = self
        return context
    }

    /// Of a context that was made by one of these.
    package static func of(_ context: ServiceContext) -> TraceOrigin? { context[Key.self] }
}
