public import ANBCore
public import AsyncHTTPClient
import Foundation
public import Logging
import Metrics
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Sends spans to a collector (OTLP over HTTP, JSON), in batches, beside the work: a collector that is slow or away costs
/// spans, which are counted, and nothing else.
public struct TraceExporter: Sendable {
    /// Spans of one request.
    static let batchCountMax = 512
    private static let interval = Duration.seconds(1)
    private static let requestSecondsMax: Int64 = 5
    /// Batches of the end: as many as the buffer holds.
    private static let lastBatchesMax = SpanBuffer.spansMax / batchCountMax
    /// Seconds after which the end begins no other batch.
    private static let lastSecondsMax = 5

    private let buffer: SpanBuffer
    private let url: String
    private let service: String
    private let http: HTTPClient
    private let clock: any WallClock
    private let logger: Logger
    private let exported = Counter(label: "anb_trace_spans_total", dimensions: [("outcome", "exported")])
    private let failed = Counter(label: "anb_trace_spans_total", dimensions: [("outcome", "failed")])

    /// - Parameters:
    ///   - endpoint: The collector's base, for example `http://127.0.0.1:4318`; spans go to `/v1/traces` below it.
    ///   - service: What the collector calls this process, for example `anb-api`.
    public init(
        _ buffer: SpanBuffer, endpoint: String, service: String, http: HTTPClient = .shared,
        clock: any WallClock = SystemClock(), logger: Logger
    ) {
        self.buffer = buffer
        self.url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
        self.service = service
        self.http = http
        self.clock = clock
        self.logger = logger
    }

    /// Sends until the task is cancelled, and then all that is left. A batch that is on its way arrives.
    public func run() async throws {
        while !Task.isCancelled {
            let count = await unstoppable { await sendBatch() }
            if count < Self.batchCountMax { try? await clock.sleep(for: Self.interval) }
        }
        await unstoppable { await sendRest() }
    }

    private func sendRest() async {
        let end = clock.now + .seconds(Self.lastSecondsMax)
        for _ in 0..<Self.lastBatchesMax where clock.now < end {
            if await sendBatch() < Self.batchCountMax { return }
        }
    }

    /// - Returns: How many spans there were.
    @discardableResult
    func sendBatch() async -> Int {
        let spans = buffer.take(Self.batchCountMax)
        if spans.isEmpty { return 0 }
        do {
            try await send(spans)
            exported.increment(by: spans.count)
        } catch {
            failed.increment(by: spans.count)
            logger.debug("spans could not be sent", metadata: ["count": "\(spans.count)", "error": "\(error)"])
        }
        return spans.count
    }

    private func send(_ spans: [FinishedSpan]) async throws {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try body(of: spans)))
        let answer = try await http.execute(request, timeout: .seconds(Self.requestSecondsMax))
        guard (200..<300).contains(answer.status.code) else {
            throw ANBError.unavailable("the collector answered \(answer.status.code)")
        }
    }

    private func body(of spans: [FinishedSpan]) throws -> Data {
        let resource: [String: Any] = ["attributes": [["key": "service.name", "value": ["stringValue": service]]]]
        let scope: [String: Any] = ["scope": ["name": "anb"], "spans": spans.map(\.object)]
        return try JSONSerialization.data(
            withJSONObject: ["resourceSpans": [["resource": resource, "scopeSpans": [scope]]]],
            options: [.withoutEscapingSlashes])
    }
}
