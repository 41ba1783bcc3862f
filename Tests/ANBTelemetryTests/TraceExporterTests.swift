import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import Logging
import Testing
import Tracing

@testable import ANBTelemetry

@Suite struct TraceExporterTests {
    private let buffer = SpanBuffer()

    private func addSpans(_ count: Int) {
        let tracer = ContestTracer(buffer)
        for number in 0..<count {
            let span = tracer.startSpan("s\(number)", context: TraceOrigin(correlationID: "c").context)
            span.attributes["number"] = number
            span.end()
        }
    }

    private func exporter(_ url: String) -> TraceExporter {
        TraceExporter(buffer, endpoint: url, service: "anb-api", logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func spansAreSentInBatches() async throws {
        addSpans(TraceExporter.batchCountMax + 1)
        let collector = FakeEndpoint([.init(200, "{}")])
        try await collector.listening { url in
            let exporter = exporter(url + "/")
            #expect(await exporter.sendBatch() == TraceExporter.batchCountMax)
            #expect(await exporter.sendBatch() == 1)
            #expect(await exporter.sendBatch() == 0)
        }
        #expect(collector.questions.map(\.path) == ["/v1/traces", "/v1/traces"])
        let last = try #require(collector.questions.last)
        #expect(last.headers["content-type"] == "application/json")
        let body = try #require(try JSONSerialization.jsonObject(with: Data(last.body.utf8)) as? [String: Any])
        let resource = try #require((body["resourceSpans"] as? [[String: Any]])?.first)
        #expect("\(resource["resource"] ?? "")".contains("anb-api"))
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        let span = try #require((scope["spans"] as? [[String: Any]])?.first)
        #expect(span["name"] as? String == "s\(TraceExporter.batchCountMax)")
        #expect(span["traceId"] as? String == SpanIdentity.trace(of: "c"))
        let (start, end) = (span["startTimeUnixNano"] as? String, span["endTimeUnixNano"] as? String)
        let (started, ended) = (try #require(start.flatMap(UInt64.init)), try #require(end.flatMap(UInt64.init)))
        #expect(started <= ended)
        let attribute = try #require((span["attributes"] as? [[String: Any]])?.first)
        #expect((attribute["value"] as? [String: Any])?["intValue"] as? String == "\(TraceExporter.batchCountMax)")
    }

    @Test func aCollectorThatIsAwayCostsSpansOnly() async throws {
        addSpans(3)
        #expect(await exporter("http://127.0.0.1:1").sendBatch() == 3)
        #expect(buffer.take(10).isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func allThatIsLeftIsSentAtTheEnd() async throws {
        addSpans(2 * TraceExporter.batchCountMax + 1)
        let collector = FakeEndpoint([.init(200, "{}")])
        try await collector.listening { url in
            let exporter = exporter(url)
            let running = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await exporter.run()
            }
            try await running.value
        }
        #expect(collector.questions.count == 3)
        #expect(buffer.take(1).isEmpty)
    }
}
