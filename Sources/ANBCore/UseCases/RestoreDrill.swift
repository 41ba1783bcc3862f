/// Looks whether a restored database and the object store make a whole contest: the board agrees with the votes, the audit
/// log holds, and every object that a video refers to is there with its size.
package struct RestoreDrill: Sendable {
    /// What was looked at, and what is wrong.
    package struct Report: Sendable {
        package var videos = 0
        package var objects = 0
        /// Keys of objects that are not there.
        package var missing: [ObjectKey] = []
        /// Keys of objects of another size than the row says, or empty.
        package var wrongSize: [ObjectKey] = []
        package var differences: [TallyDifference] = []
        package var audit = AuditVerdict.intact(head: AuditHead(), unsealed: 0)

        package var isWhole: Bool {
            guard case .intact = audit else { return false }
            return missing.isEmpty && wrongSize.isEmpty && differences.isEmpty
        }
    }

    /// Objects that are asked for at the same time.
    private static let requestsMax = 16
    private static let pageSize = 200

    private let database: any Database
    private let objects: any ObjectStore
    private let trail: AuditTrail

    /// - Parameters:
    ///   - database: The restored one; it is only read.
    ///   - objects: The store that it refers to.
    package init(database: any Database, objects: any ObjectStore, trail: AuditTrail) {
        self.database = database
        self.objects = objects
        self.trail = trail
    }

    package func run() async throws -> Report {
        var report = Report()
        report.differences = try await database.read { try $0.tallyDifferences() }
        report.audit = try await trail.verify()
        var last: VideoID?
        while true {
            let reached = last
            let page = try await database.read { try $0.videos(after: reached, limit: Self.pageSize) }
            if page.isEmpty { return report }
            report.videos += page.count
            try await look(for: page.flatMap(\.sizes), into: &report)
            last = page.last?.id
        }
    }

    private func look(for wanted: [(key: ObjectKey, byteCount: Int64?)], into report: inout Report) async throws {
        for start in stride(from: 0, to: wanted.count, by: Self.requestsMax) {
            let batch = wanted[start..<min(start + Self.requestsMax, wanted.count)]
            let found = try await withThrowingTaskGroup(of: (ObjectKey, Int64?).self) { group in
                for (key, _) in batch { group.addTask { (key, try await byteCount(of: key)) } }
                return try await group.reduce(into: [ObjectKey: Int64?]()) { $0[$1.0] = $1.1 }
            }
            for (key, expected) in batch {
                report.objects += 1
                guard let there = found[key] ?? nil else {
                    report.missing.append(key)
                    continue
                }
                if expected.map({ $0 != there }) ?? (there == 0) { report.wrongSize.append(key) }
            }
        }
    }

    private func byteCount(of key: ObjectKey) async throws -> Int64? {
        do {
            return try await objects.info(key).byteCount
        } catch let error as ANBError where error.code == .notFound {
            return nil
        }
    }
}

extension Video {
    /// Every object it refers to, with the bytes it must have where the row knows.
    fileprivate var sizes: [(key: ObjectKey, byteCount: Int64?)] {
        var sizes: [(key: ObjectKey, byteCount: Int64?)] = [(originalKey, originalByteCount)]
        guard let publication else { return sizes }
        sizes += publication.renditions.map { ($0.key, $0.byteCount) }
        return sizes + [(publication.thumbnailKey, nil), (publication.posterKey, nil)]
    }
}
