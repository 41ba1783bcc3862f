public import CoreMetrics
import Synchronization

/// Keeps every metric of the process, for whoever asks: Prometheus, CloudWatch.
///
/// Metrics live as long as the process, and the same name with the same labels is the same metric. Names and labels come
/// from the program, never from a request; should somebody forget that, ``seriesMax`` bounds the memory.
public final class MetricsRegistry: MetricsFactory {
    /// Combinations of name and labels that are kept; what comes later is counted in ``refusedLabel`` alone.
    public static let seriesMax = 5000
    public static let refusedLabel = "anb_metrics_series_refused_total"

    struct Series: Hashable {
        var name: String
        var labels: [Label]
    }

    struct Label: Hashable, Comparable {
        var name: String
        var value: String

        static func < (one: Label, other: Label) -> Bool { one.name < other.name }
    }

    enum Cell {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
    }

    private let cells = Mutex<[Series: Cell]>([:])
    private let refused: CounterCell
    private let seriesMax: Int

    public convenience init() { self.init(seriesMax: Self.seriesMax) }

    init(seriesMax: Int) {
        self.seriesMax = seriesMax
        refused = CounterCell()
        cells.withLock { $0[Series(name: Self.refusedLabel, labels: [])] = .counter(refused) }
    }

    /// All of them, sorted by name and labels.
    func snapshot() -> [(series: Series, cell: Cell)] {
        cells.withLock { $0.map { ($0.key, $0.value) } }
            .sorted { ($0.series.name, $0.series.text) < ($1.series.name, $1.series.text) }
    }

    // MARK: - MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions) {
            .counter(CounterCell())
        } as: {
            if case .counter(let cell) = $0 { cell } else { nil }
        }
            ?? CounterCell()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { gauge(label, dimensions) }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { histogram(label, dimensions) }

    public func destroyCounter(_: any CounterHandler) {}
    public func destroyMeter(_: any MeterHandler) {}
    public func destroyRecorder(_: any RecorderHandler) {}
    public func destroyTimer(_: any TimerHandler) {}

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
        find(label, dimensions) {
            .gauge(GaugeCell())
        } as: {
            if case .gauge(let cell) = $0 { cell } else { nil }
        }
            ?? GaugeCell()
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell {
        let bounds = MetricCatalogue.bounds(of: label)
        return find(label, dimensions) {
            .histogram(HistogramCell(bounds: bounds))
        } as: {
            if case .histogram(let cell) = $0 { cell } else { nil }
        } ?? HistogramCell(bounds: bounds)
    }

    /// - Returns: `nil` when there is no room, or another kind of metric has the name: the caller then gets one that
    ///   nobody sees.
    private func find<Found>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Cell, as kind: (Cell) -> Found?
    ) -> Found? {
        let labels = dimensions.map { Label(name: $0.asMetricName, value: $1) }.sorted()
        let series = Series(name: label.asMetricName, labels: labels)
        let cell: Cell? = cells.withLock { cells in
            if let cell = cells[series] { return cell }
            guard cells.count < seriesMax else { return nil }
            let cell = make()
            cells[series] = cell
            return cell
        }
        if let found = cell.flatMap(kind) { return found }
        refused.increment(by: 1)
        return nil
    }
}

extension String {
    /// Letters, digits and underscores, as Prometheus wants them.
    fileprivate var asMetricName: String {
        let text = String(map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
        return text.first?.isNumber == true ? "_" + text : text
    }
}
