import Tracing

/// A span that has ended, ready to be sent.
struct FinishedSpan: Sendable {
    /// Attributes of one span.
    static let attributesMax = 24
    /// Characters of an attribute or of a name.
    static let charactersMax = 256

    var identity: SpanIdentity
    var parent: String?
    var name: String
    var kind: SpanKind
    var startNanos: UInt64
    var endNanos: UInt64
    var attributes: [String: SpanAttribute] = [:]
    var failure: String?

    /// As OTLP's JSON has it.
    var object: [String: Any] {
        var object: [String: Any] = [
            "traceId": identity.trace, "spanId": identity.span, "name": String(name.prefix(Self.charactersMax)),
            "kind": kind.number, "startTimeUnixNano": "\(startNanos)", "endTimeUnixNano": "\(endNanos)",
            "attributes": attributes.sorted { $0.key < $1.key }.prefix(Self.attributesMax).map {
                ["key": $0.key, "value": $0.value.object]
            },
        ]
        if let parent { object["parentSpanId"] = parent }
        if let failure { object["status"] = ["code": 2, "message": String(failure.prefix(Self.charactersMax))] }
        return object
    }
}

extension SpanKind {
    fileprivate var number: Int {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}

extension SpanAttribute {
    /// 64-bit integers are texts in JSON.
    fileprivate var object: [String: Any] {
        switch self {
        case .int32(let value): ["intValue": "\(value)"]
        case .int64(let value): ["intValue": "\(value)"]
        case .double(let value) where value.isFinite: ["doubleValue": value]
        case .bool(let value): ["boolValue": value]
        case .string(let value): ["stringValue": String(value.prefix(FinishedSpan.charactersMax))]
        case .stringConvertible(let value): ["stringValue": String("\(value)".prefix(FinishedSpan.charactersMax))]
        default: ["stringValue": String("\(self)".prefix(FinishedSpan.charactersMax))]
        }
    }
}
