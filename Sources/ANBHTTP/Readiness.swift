public import ANBCore

/// Whether the things this process depends on answer.
public struct Readiness: Sendable {
    /// One dependency.
    public struct Check: Sendable {
        /// As it appears in the answer, for example `database`.
        public var name: String
        /// Throws when the dependency does not answer.
        public var run: @Sendable () async throws -> Void

        /// A dependency of your own.
        public init(name: String, run: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// In the order of the answer.
    public var checks: [Check]

    /// These dependencies and no others.
    public init(checks: [Check]) { self.checks = checks }

    /// Down from the moment that the process is about to end.
    public static func check(_ draining: Draining) -> Check {
        Check(name: "process") { if draining.isOn { throw ANBError.unavailable("the process is about to end") } }
    }

    /// The database, the object store and, where the process has one, the queue of a contest.
    public init(_ backends: Contest.Backends) {
        checks = [
            Check(name: "database") { try await backends.database.check() },
            Check(name: "storage") { try await backends.objects.check() },
        ]
        if let queue = backends.queue { checks.append(Check(name: "queue") { try await queue.check() }) }
    }
}
