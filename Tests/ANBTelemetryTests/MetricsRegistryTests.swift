import ANBCore
import Foundation
import Metrics
import Testing

@testable import ANBTelemetry

@Suite struct MetricsRegistryTests {
    @Test func theTextIsWhatPrometheusReads() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "anb.runs-total", dimensions: [("b", "x\"y\\z\nw"), ("a", "1")], factory: registry)
        counter.increment(by: 2)
        Counter(label: "anb.runs-total", dimensions: [("a", "1"), ("b", "x\"y\\z\nw")], factory: registry).increment()
        Gauge(label: "level", factory: registry).record(2.5)
        let timer = Timer(label: "anb_event_loop_lag_seconds", factory: registry)
        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(1_000_001)
        timer.recordNanoseconds(9_000_000_000)
        let lines = PrometheusText.of(registry).split(separator: "\n")
        for line in [
            #"anb_runs_total{a="1",b="x\"y\\z\nw"} 3"#, "# TYPE anb_runs_total counter", "level 2.5", "# TYPE level gauge",
            "# HELP anb_event_loop_lag_seconds How late an event loop ran what was due.",
            "# TYPE anb_event_loop_lag_seconds histogram", #"anb_event_loop_lag_seconds_bucket{le="0.0005"} 0"#,
            #"anb_event_loop_lag_seconds_bucket{le="0.001"} 1"#, #"anb_event_loop_lag_seconds_bucket{le="0.0025"} 2"#,
            #"anb_event_loop_lag_seconds_bucket{le="2.5"} 2"#, #"anb_event_loop_lag_seconds_bucket{le="+Inf"} 3"#,
            "anb_event_loop_lag_seconds_sum 9.002000001", "anb_event_loop_lag_seconds_count 3",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func metricsBeyondTheLimitAreCountedAndNotKept() {
        let registry = MetricsRegistry(seriesMax: 3)
        for number in 0..<5 {
            Counter(label: "many", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        let text = PrometheusText.of(registry)
        #expect(text.contains(#"many{n="1"} 1"#) && !text.contains(#"many{n="2"}"#))
        #expect(text.contains("\(MetricsRegistry.refusedLabel) 3"))
    }

    @Test func aNameOfAnotherKindHarmsNobody() {
        let registry = MetricsRegistry()
        Counter(label: "one", factory: registry).increment()
        Timer(label: "one", factory: registry).recordNanoseconds(5)
        #expect(PrometheusText.of(registry).contains("one 1\n"))
    }

    @Test func whatIsNoNumberIsNotRecorded() {
        let registry = MetricsRegistry()
        let recorder = Recorder(label: "ratio", factory: registry)
        for value in [Double.nan, .infinity, -.infinity, 1e300] { recorder.record(value) }
        recorder.record(1)
        #expect(PrometheusText.of(registry).contains("ratio_count 1\n"))
    }

    @Test func threadsCountTogether() async {
        let registry = MetricsRegistry()
        let gauge = Meter(label: "level", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "count", factory: registry)
                    for _ in 0..<10_000 {
                        counter.increment()
                        gauge.increment()
                    }
                }
            }
        }
        let text = PrometheusText.of(registry)
        #expect(text.contains("count 80000\n") && text.contains("level 80000\n"))
    }

    @Test func embeddedMetricsTellWhatCameSinceTheLineBefore() throws {
        let registry = MetricsRegistry()
        let counter = Counter(label: "runs_total", dimensions: [("kind", "a")], factory: registry)
        counter.increment(by: 3)
        Counter(label: "runs_total", dimensions: [("kind", "b")], factory: registry).increment(by: 4)
        let gauge = Gauge(label: "jobs", dimensions: [("state", "due")], factory: registry)
        gauge.record(5)
        Timer(label: "run_seconds", factory: registry).recordSeconds(2)
        let metrics = EmbeddedMetrics(registry, service: "anb-worker")
        let first = try object(metrics.lines(at: Timestamp(milliseconds: 1000)))
        #expect(first["runs_total"] as? Double == 7)
        #expect(first["jobs_due"] as? Double == 5)
        #expect(first["run_seconds_count"] as? Double == 1)
        #expect(first["run_seconds_sum"] as? Double == 2)
        #expect(first["Service"] as? String == "anb-worker")
        let root = try #require(first["_aws"] as? [String: Any])
        #expect(root["Timestamp"] as? Int == 1000)
        let directive = try #require((root["CloudWatchMetrics"] as? [[String: Any]])?.first)
        #expect(directive["Namespace"] as? String == "ANB")
        #expect(directive["Dimensions"] as? [[String]] == [["Service"]])
        let names = try #require(directive["Metrics"] as? [[String: String]]).compactMap { $0["Name"] }
        #expect(names.allSatisfy { first[$0] is Double } && names.contains("runs_total"))

        counter.increment()
        let second = try object(metrics.lines(at: Timestamp(milliseconds: 2000)))
        #expect(second["runs_total"] as? Double == 1)
        #expect(second["jobs_due"] as? Double == 5)
    }

    @Test func embeddedMetricsTellFailuresFromSuccesses() throws {
        let registry = MetricsRegistry()
        for (name, label, value, count) in [
            ("requests_total", "status", "200", 5), ("requests_total", "status", "503", 2),
            ("requests_total", "status", "500", 1), ("runs_total", "ending", "committed", 4),
            ("runs_total", "ending", "buried", 3), ("news_total", "outcome", "failed", 6),
        ] {
            Counter(label: name, dimensions: [(label, value)], factory: registry).increment(by: count)
        }
        let line = try object(EmbeddedMetrics(registry, service: "s").lines(at: Timestamp(milliseconds: 0)))
        let expected = [
            "requests_total": 8.0, "requests_total_2xx": 5, "requests_total_5xx": 3, "runs_total": 7, "runs_total_committed": 4,
            "runs_total_buried": 3, "news_total": 6, "news_total_failed": 6,
        ]
        for (name, value) in expected { #expect(line[name] as? Double == value, "\(name)") }
    }

    @Test func moreThanAHundredMetricsAreSeveralLines() throws {
        let registry = MetricsRegistry()
        for number in 0..<100 { Counter(label: "c\(number)", factory: registry).increment() }
        let lines = try EmbeddedMetrics(registry, service: "s").lines(at: Timestamp(milliseconds: 0))
        // With the one of the registry itself they are 101.
        #expect(lines.count == 2)
    }

    private func object(_ lines: [Data]) throws -> [String: Any] {
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        return try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
    }
}
