import ANBCore
import Foundation

/// Hands values from one thread to another; the one in front waits when the one behind cannot keep up.
final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    // All state is guarded by `condition`.

    /// How often a waiting thread looks at the interruption.
    private static var pollSeconds: Double { 0.1 }

    private let condition = NSCondition()
    private let elementsMax: Int
    private let interruption: Interruption
    private var elements: [Element] = []
    private var isClosed = false
    private var hasFailed = false

    init(elementsMax: Int, interruption: Interruption) {
        self.elementsMax = elementsMax
        self.interruption = interruption
    }

    /// Waits for room.
    /// - Returns: false when the queue is closed: nobody will take it.
    func put(_ element: Element) throws -> Bool {
        condition.lock()
        defer { condition.unlock() }
        try wait { isClosed || elements.count < elementsMax }
        guard !isClosed else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// Waits for a value.
    /// - Returns: nil when the queue is closed and empty.
    /// - Throws: `CancellationError` once the queue has failed.
    func take() throws -> Element? {
        condition.lock()
        defer { condition.unlock() }
        try wait { isClosed || !elements.isEmpty }
        if hasFailed { throw CancellationError() }
        guard !elements.isEmpty else { return nil }
        condition.broadcast()
        return elements.removeFirst()
    }

    /// Nothing will follow, or nobody will take it; what is in the queue can still be taken.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }

    /// The values are not wanted any more: they are dropped and whoever takes is told.
    func fail() {
        condition.lock()
        defer { condition.unlock() }
        (isClosed, hasFailed, elements) = (true, true, [])
        condition.broadcast()
    }

    private func wait(until isReady: () -> Bool) throws {
        while !isReady() {
            try interruption.check()
            _ = condition.wait(until: Date(timeIntervalSinceNow: Self.pollSeconds))
        }
    }
}
