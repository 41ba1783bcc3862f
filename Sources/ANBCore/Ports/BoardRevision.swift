import Synchronization

/// Tells whether what the public sees, ranking and lists, has changed. Processes that share one see each other's changes.
///
/// Rules that the conformance suite checks on every backend:
/// - ``current()`` answers the same as long as nobody called ``advance()``.
/// - Once ``advance()`` has returned, no call of ``current()`` that begins after that, in any process, answers what was
///   answered before it began. That holds also when the backend has lost its memory in between.
public protocol BoardRevision: Sendable {
    /// The number of the last change: the same until somebody notes another.
    func current() async throws -> Int64
    /// Notes a change.
    func advance() async throws
    /// Whether processes share it; if not, others' changes are not told.
    var isShared: Bool { get }
}

/// Counts the changes made by this process.
public final class LocalBoardRevision: BoardRevision {
    private let count = Atomic<Int64>(0)

    /// Nothing has changed yet.
    public init() {}

    public var isShared: Bool { false }
    public func current() async -> Int64 { count.load(ordering: .acquiring) }
    public func advance() async { count.wrappingAdd(1, ordering: .acquiringAndReleasing) }
}
