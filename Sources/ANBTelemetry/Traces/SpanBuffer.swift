import Metrics
import Synchronization

/// Where ended spans wait to be sent. Adding never waits: what finds no room is dropped and counted.
public final class SpanBuffer: Sendable {
    /// Spans that wait.
    public static let spansMax = 4096

    private let spans = Mutex<[FinishedSpan]>([])
    private let spansMax: Int
    private let dropped = Counter(label: "anb_trace_spans_total", dimensions: [("outcome", "dropped")])

    public convenience init() { self.init(spansMax: Self.spansMax) }

    init(spansMax: Int) { self.spansMax = spansMax }

    /// - Returns: Whether there was room.
    @discardableResult
    func add(_ span: FinishedSpan) -> Bool {
        let isKept = spans.withLock { spans in
            guard spans.count < spansMax else { return false }
            spans.append(span)
            return true
        }
        if !isKept { dropped.increment() }
        return isKept
    }

    /// Takes out the oldest.
    func take(_ count: Int) -> [FinishedSpan] {
        spans.withLock { spans in
            let taken = Array(spans.prefix(count))
            spans.removeFirst(taken.count)
            return taken
        }
    }
}
