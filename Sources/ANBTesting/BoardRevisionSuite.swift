public import ANBCore

/// What every `BoardRevision` must do.
public enum BoardRevisionSuite {
    /// A revision nobody used, and the same seen by another process; the same value when the backend is one process.
    public struct Subject: Sendable {
        /// The one that is tried.
        public var revision: any BoardRevision
        /// Of another process on the same backend; the same one where nothing is shared.
        public var other: any BoardRevision

        /// One backend, seen from two processes.
        public init(revision: any BoardRevision, other: any BoardRevision) {
            self.revision = revision
            self.other = other
        }
    }

    /// Every rule of `BoardRevision`.
    public static let suite = ConformanceSuite<Subject>(
        "board revision",
        [
            ConformanceCase("it stays the same as long as nothing changes, for everybody") { subject in
                let first = try await subject.revision.current()
                for _ in 0..<3 { try expectEqual(try await subject.revision.current(), first) }
                try expectEqual(try await subject.other.current(), first)
            },
            ConformanceCase("after a change it is another one, for everybody, and none comes twice") { subject in
                var seen: Set<Int64> = [try await subject.revision.current()]
                for round in 0..<20 {
                    try await (round % 2 == 0 ? subject.revision : subject.other).advance()
                    let now = try await subject.revision.current()
                    try expect(seen.insert(now).inserted, "\(now) came again")
                    try expectEqual(try await subject.other.current(), now)
                }
            },
            ConformanceCase("who asks after a change never gets what was told before it, however many ask") { subject in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for asker in 0..<16 {
                        group.addTask {
                            let (own, other) =
                                asker % 2 == 0 ? (subject.revision, subject.other) : (subject.other, subject.revision)
                            for _ in 0..<25 {
                                let before = try await other.current()
                                try await own.advance()
                                try expect(try await other.current() > before, "a change was not seen")
                                try expect(try await own.current() > before, "a change was not seen")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            },
        ])
}
