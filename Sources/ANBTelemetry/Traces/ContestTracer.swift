import ANBCore
import Synchronization
public import Tracing

/// Makes the spans of requests and jobs. A span that begins neither with a ``TraceOrigin`` nor below one that did is not
/// recorded: background work, the exporter's own calls among it, is no part of anybody's request.
public struct ContestTracer: Tracer {
    private let buffer: SpanBuffer
    private let share: Double

    /// - Parameter share: Of the traces, 0…1; every process picks the same ones.
    public init(_ buffer: SpanBuffer, share: Double = 1) {
        self.buffer = buffer
        self.share = share
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> ContestSpan {
        var context = context()
        let above = context[SpanIdentity.Key.self]
        let origin = TraceOrigin.of(context)
        let trace = above?.trace ?? origin.map { SpanIdentity.trace(of: $0.correlationID) }
        guard let trace, isWanted(trace) else { return ContestSpan(context: context, nil, into: buffer) }
        let identity = SpanIdentity(trace: trace, span: origin?.span.map(SpanIdentity.span) ?? SpanIdentity.random())
        let parent = above?.span ?? origin?.parent.map(SpanIdentity.span)
        context[SpanIdentity.Key.self] = identity
        // The names of an origin are for this one span, not for those below it.
        if let origin { context = TraceOrigin(correlationID: origin.correlationID).below(context) }
        let started = instant().nanosecondsSinceEpoch
        return ContestSpan(
            context: context,
            FinishedSpan(
                identity: identity, parent: parent, name: operationName, kind: kind, startNanos: started, endNanos: started),
            into: buffer)
    }

    private func isWanted(_ trace: String) -> Bool {
        share >= 1 || Double(UInt64(trace.prefix(8), radix: 16) ?? 0) < share * Double(1 << 32)
    }

    public func forceFlush() {}

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {}
}

/// One span; it does nothing when it is not recorded.
public final class ContestSpan: Span {
    public let context: ServiceContext
    private let recorded: Mutex<FinishedSpan?>
    private let buffer: SpanBuffer

    init(context: ServiceContext, _ span: FinishedSpan?, into buffer: SpanBuffer) {
        self.context = context
        self.buffer = buffer
        recorded = Mutex(span)
    }

    public var isRecording: Bool { recorded.withLock { $0 != nil } }

    public var operationName: String {
        get { recorded.withLock { $0?.name ?? "" } }
        set { recorded.withLock { $0?.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { recorded.withLock { SpanAttributes($0?.attributes ?? [:]) } }
        set {
            var all: [String: SpanAttribute] = [:]
            newValue.forEach { all[$0] = $1 }
            recorded.withLock { $0?.attributes = all }
        }
    }

    public func setStatus(_ status: SpanStatus) {
        recorded.withLock { $0?.failure = status.code == .error ? status.message ?? "failed" : nil }
    }

    /// The message of the error's kind only: what else it says may be about a person.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        recorded.withLock { $0?.failure = (error as? ANBError)?.code.description ?? "\(type(of: error))" }
    }

    public func addEvent(_ event: SpanEvent) {}
    public func addLink(_ link: SpanLink) {}

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let ended = instant().nanosecondsSinceEpoch
        let span = recorded.withLock { recorded in
            defer { recorded = nil }
            return recorded
        }
        guard var span else { return }
        span.endNanos = ended
        buffer.add(span)
    }
}
