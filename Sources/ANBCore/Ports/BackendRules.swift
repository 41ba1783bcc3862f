// What every backend says and does in the same way.

extension ANBError {
    package static var accountTaken: ANBError {
        ANBError(.conflict, "An account with this e-mail address or user name already exists.")
    }

    package static var uploadKeyTaken: ANBError { ANBError(.conflict, "This Idempotency-Key was used before.") }

    package static var auditMovedOn: ANBError {
        ANBError(.conflict, "This was stored before.", operatorMessage: "the entries do not follow the head of the audit log")
    }

    package static var requestKeyTaken: ANBError { ANBError(.conflict, "This Idempotency-Key was used before.") }

    package static func idTaken(_ what: String, _ id: any CustomStringConvertible) -> ANBError {
        ANBError(
            .conflict, "This was stored before.", operatorMessage: "there already is a \(what) with the id \(id)")
    }
}

extension AttemptLimits {
    /// Why the ledger itself buries a job.
    package var workerDeathsReason: String { "\(workerDeathsMax) workers stopped while they were running it" }
}

extension Video {
    /// When an open video that is inserted as such began to count for its player.
    package var tallyTime: Timestamp { votes > 0 ? votesReachedAt : processedAt ?? uploadedAt }
}

extension CityCount {
    /// One line per city. Of several spellings the one with the most videos is shown, then the smaller one.
    package static func merged(_ counts: [(city: City, videos: Int)]) -> [CityCount] {
        let spellings = Dictionary(counts.map { ($0.city, $0.videos) }, uniquingKeysWith: +)
        return Dictionary(grouping: spellings, by: \.key.key)
            .sorted { $0.key < $1.key }
            .compactMap { _, group in
                let shown = group.min { ($1.value, $0.key.name) < ($0.value, $1.key.name) }
                return shown.map { CityCount(city: $0.key.name, videos: group.map(\.value).reduce(0, +)) }
            }
    }
}
