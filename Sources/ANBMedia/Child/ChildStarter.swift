import Glibc

/// Starts decoding processes.
protocol ChildStarter: Sendable {
    /// - Parameter descriptors: In the order of the child's numbers, from ``MediaChild/requestDescriptor`` on.
    /// - Throws: `mediaFailed` when the process cannot be started.
    func start(_ descriptors: [Int32]) throws -> any StartedChild
}

/// The hold on a started process.
protocol StartedChild {
    var identifier: pid_t { get }
    /// With whose death the kernel ends it.
    var parent: pid_t { get }

    /// How it ended, once; nil while it runs.
    func end() -> ChildEnd?
    func kill()
}

/// What is left of a process.
struct ChildEnd {
    /// As `wait4` tells it.
    var status: Int32
    /// User and system.
    var cpuSeconds: Double
}
