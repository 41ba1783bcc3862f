public import ANBCore
public import Foundation
import Synchronization

/// The registry as lines that CloudWatch Logs turns into metrics (Embedded Metric Format), for places that nothing can scrape.
///
/// Each distinct set of dimensions costs money there, so a line has one, the service: metrics are summed over their labels,
/// counters and histograms are what came since the line before. How things ended is told beside the sum, by names of its own:
/// `anb_http_requests_total_5xx`, `anb_job_runs_total_buried`.
public final class EmbeddedMetrics: Sendable {
    /// Metrics of one line, which the format limits.
    static let metricsPerLineMax = 100

    private let registry: MetricsRegistry
    private let service: String
    private let last = Mutex<[String: Double]>([:])

    /// - Parameter service: The dimension, for example `anb-api`.
    public init(_ registry: MetricsRegistry, service: String) {
        self.registry = registry
        self.service = service
    }

    /// JSON objects, one a line.
    public func lines(at now: Timestamp) throws -> [Data] {
        let values = sums().sorted { $0.key < $1.key }
        return try stride(from: 0, to: values.count, by: Self.metricsPerLineMax).map { start in
            try line(Array(values[start..<min(start + Self.metricsPerLineMax, values.count)]), at: now)
        }
    }

    private func sums() -> [String: Double] {
        var totals: [String: Double] = [:]
        var gauges: [String: Double] = [:]
        for (series, cell) in registry.snapshot() {
            switch cell {
            case .counter(let counter):
                for name in series.counterNames { totals[name, default: 0] += Double(counter.value) }
            case .gauge(let gauge): gauges[series.gaugeName, default: 0] += gauge.value
            case .histogram(let histogram):
                totals["\(series.name)_count", default: 0] += Double(histogram.values.reduce(0, +))
                totals["\(series.name)_sum", default: 0] += histogram.sum
            }
        }
        let since = last.withLock { last in
            defer { last = totals }
            return totals.merging(last) { $0 - $1 }
        }
        return since.merging(gauges) { $1 }
    }

    private func line(_ values: [(key: String, value: Double)], at now: Timestamp) throws -> Data {
        let directive: [String: Any] = [
            "Namespace": "ANB", "Dimensions": [["Service"]], "Metrics": values.map { ["Name": $0.key] },
        ]
        var object: [String: Any] = [
            "_aws": ["Timestamp": now.milliseconds, "CloudWatchMetrics": [directive]], "Service": service,
        ]
        for (name, value) in values { object[name] = value.isFinite ? value : 0 }
        return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    }
}

extension MetricsRegistry.Series {
    /// The sum of all, and that of those that ended in the same way. Of statuses the class is told.
    fileprivate var counterNames: [String] {
        let endings = labels.compactMap { label in
            switch label.name {
            case "ending", "outcome": "\(name)_\(label.value)"
            case "status": label.value.first.map { "\(name)_\($0)xx" }
            default: nil
            }
        }
        return [name] + endings
    }

    /// Jobs that wait and jobs that are dead are not to be added up: a label of states becomes part of the name.
    fileprivate var gaugeName: String { labels.first { $0.name == "state" }.map { "\(name)_\($0.value)" } ?? name }
}
