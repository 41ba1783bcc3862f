/// The registry as Prometheus reads it: text exposition format 0.0.4.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public static func of(_ registry: MetricsRegistry) -> String {
        var text = ""
        var last = ""
        for (series, cell) in registry.snapshot() {
            if series.name != last {
                if let help = MetricCatalogue.help(series.name) { text += "# HELP \(series.name) \(help)\n" }
                text += "# TYPE \(series.name) \(cell.kind(series.name))\n"
                last = series.name
            }
            write(cell, series, to: &text)
        }
        return text
    }

    private static func write(_ cell: MetricsRegistry.Cell, _ series: MetricsRegistry.Series, to text: inout String) {
        switch cell {
        case .counter(let counter): text += "\(series.text) \(counter.value)\n"
        case .gauge(let gauge): text += "\(series.text) \(number(gauge.value))\n"
        case .histogram(let histogram): write(histogram, series, to: &text)
        }
    }

    private static func write(_ histogram: HistogramCell, _ series: MetricsRegistry.Series, to text: inout String) {
        var total: Int64 = 0
        for (count, bound) in zip(histogram.values, histogram.bounds.map(number) + ["+Inf"]) {
            total += count
            text += "\(series.text(suffix: "_bucket", and: .init(name: "le", value: bound))) \(total)\n"
        }
        text += "\(series.text(suffix: "_sum")) \(number(histogram.sum))\n"
        text += "\(series.text(suffix: "_count")) \(total)\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}

extension MetricsRegistry.Cell {
    /// A gauge may hold what the system counts.
    func kind(_ name: String) -> String {
        switch self {
        case .counter: "counter"
        case .gauge: name.hasSuffix("_total") ? "counter" : "gauge"
        case .histogram: "histogram"
        }
    }
}

extension MetricsRegistry.Series {
    /// `name{label="value",…}`.
    var text: String { text(suffix: "") }

    func text(suffix: String, and extra: MetricsRegistry.Label? = nil) -> String {
        let all = labels + (extra.map { [$0] } ?? [])
        if all.isEmpty { return name + suffix }
        return "\(name)\(suffix){\(all.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.contains(where: { $0 == "\\" || $0 == "\"" || $0.isNewline }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case _ where character.isNewline: text += "\\n"
            default: text.append(character)
            }
        }
    }
}
