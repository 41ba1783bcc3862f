import ANBTelemetry
import ANBTesting
import HTTPTypes
import Testing

@testable import ANBHTTP

@Suite struct RequestMeterTests {
    @Test func requestsAreCountedByTemplateMethodAndStatus() async throws {
        let registry = MetricsRegistry()
        try await withStage(.memory) {
            $0.metrics = registry
        } _: { stage in
            for number in 0..<3 { _ = try await stage.get("/api/public/videos/\(number)") }
            _ = try await stage.get("/api/public/rankings")
            _ = try await stage.send(.head, "/api/public/rankings")
            _ = try await stage.send(.put, "/api/auth/me")
        }
        let text = PrometheusText.of(registry)
        for line in [
            #"anb_http_requests_total{method="GET",route="/api/public/videos/:id",status="404"} 3"#,
            #"anb_http_requests_total{method="GET",route="/api/public/rankings",status="200"} 1"#,
            #"anb_http_requests_total{method="HEAD",route="/api/public/rankings",status="200"} 1"#,
            #"anb_http_requests_total{method="any",route="none",status="405"} 1"#,
            #"anb_http_request_seconds_count{method="GET",route="/api/public/videos/:id"} 3"#, "anb_http_requests_in_flight 0",
        ] {
            #expect(text.split(separator: "\n").contains(Substring(line)), "\(line) in \(text)")
        }
    }

    /// What clients ask for decides how much is counted, never how much is kept.
    @Test func tenThousandPathsAreAFewSeries() async throws {
        let registry = MetricsRegistry()
        try await withStage(.memory) {
            $0.metrics = registry
        } _: { stage in
            for number in 0..<2500 {
                _ = try await stage.get("/nothing/\(number)")
                _ = try await stage.get("/api/public/videos/\(number)?q=\(number)")
                _ = try await stage.get("/api/tasks/\(number)")
                _ = try await stage.send(try #require(HTTPRequest.Method("ODD\(number)")), "/api/videos/\(number)")
            }
        }
        let lines = PrometheusText.of(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count < 100, "\(lines.count)")
        let counted = lines.filter { $0.hasPrefix("anb_http_requests_total") }.compactMap { $0.split(separator: " ").last }
        #expect(counted.compactMap { Int($0) }.reduce(0, +) == 10_000)
    }
}
