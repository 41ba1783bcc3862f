import Synchronization

/// Whether this process is about to end: it still answers, but nobody shall send it anything new.
public final class Draining: Sendable {
    private let hasBegun = Atomic<Bool>(false)

    /// Not ending yet.
    public init() {}

    /// Whether the end has begun.
    public var isOn: Bool { hasBegun.load(ordering: .relaxed) }

    /// From now on `/ready` is 503, where ``Readiness/check(_:)`` is asked.
    public func begin() { hasBegun.store(true, ordering: .relaxed) }
}
