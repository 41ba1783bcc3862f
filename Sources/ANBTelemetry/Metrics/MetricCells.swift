public import CoreMetrics
import Synchronization

/// A count that only grows; threads add to it without a lock.
public final class CounterCell: CounterHandler {
    private let count = Atomic<Int64>(0)

    public func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    public func reset() { count.store(0, ordering: .relaxed) }

    var value: Int64 { count.load(ordering: .relaxed) }
}

/// A value that goes up and down.
public final class GaugeCell: MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    public func set(_ value: Int64) { set(Double(value)) }
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    public func record(_ value: Int64) { set(Double(value)) }
    public func record(_ value: Double) { set(value) }
    public func increment(by amount: Double) { change { $0 + amount } }
    public func decrement(by amount: Double) { change { $0 - amount } }

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    private func change(_ change: (Double) -> Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}

/// How often values fell below each bound, and their sum; threads add to it without a lock.
public final class HistogramCell: TimerHandler, RecorderHandler {
    private static let nanosPerUnit = 1e9

    /// Upper bounds, growing; one more bucket takes what is above.
    let bounds: [Double]
    private let counts: [CounterCell]
    /// In billionths, so that adding needs one instruction.
    private let sumNanos = Atomic<Int64>(0)

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in CounterCell() }
    }

    public func record(_ value: Int64) { record(Double(value)) }

    /// A value that is no number counts as nothing.
    public func record(_ value: Double) {
        guard let nanos = Int64(exactly: (value * Self.nanosPerUnit).rounded()) else { return }
        add(value, nanos)
    }

    public func recordNanoseconds(_ duration: Int64) { add(Double(duration) / Self.nanosPerUnit, duration) }

    private func add(_ value: Double, _ nanos: Int64) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[bucket].increment(by: 1)
        sumNanos.wrappingAdd(nanos, ordering: .relaxed)
    }

    /// Of each bucket alone, the last one for what is above all bounds.
    var values: [Int64] { counts.map(\.value) }
    var sum: Double { Double(sumNanos.load(ordering: .relaxed)) / Self.nanosPerUnit }
}
