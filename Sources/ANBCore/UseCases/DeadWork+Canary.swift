extension DeadWork {
    /// How often a canary's job is looked at.
    private static let lookInterval = Duration.seconds(1)

    /// Lets one job of each cause run first, and the others of its cause only when that one ended well. Messages are sent
    /// again at once: ringing harms nothing.
    /// - Parameter patience: How long the canaries may take; needs workers that run.
    /// - Returns: What became of each; those that stay dead say why.
    package func replayBehindCanaries(_ ids: [DeadEntry.ID], patience: Duration) async throws -> [DeadEntry.ID: DeadLetterFate] {
        let entries = try await jobEntries(ids)
        let flocks = Dictionary(grouping: entries, by: \.fingerprint).values.map { $0.map(\.id) }
        let canaries = flocks.compactMap(\.first)
        let others = Set(ids).subtracting(entries.map(\.id))
        var fates = await replay(canaries + others)
        let verdicts = try await verdicts(on: canaries.filter { fates[$0] == .done }, patience: patience)
        for flock in flocks where flock.count > 1 {
            let canary = flock[0]
            let rest = Array(flock.dropFirst())
            switch verdicts[canary] {
            case nil: fates.merge(Self.kept(rest, "\(canary) could not be replayed")) { $1 }
            case .some(.some(let reason)): fates.merge(Self.kept(rest, "\(canary) \(reason)")) { $1 }
            case .some(.none): fates.merge(await replay(rest)) { $1 }
            }
        }
        for (canary, verdict) in verdicts {
            if let verdict { fates[canary] = .failed(reason: verdict) }
        }
        return fates
    }

    /// Those that are dead jobs, in the order of the ids.
    private func jobEntries(_ ids: [DeadEntry.ID]) async throws -> [DeadEntry] {
        var entries: [DeadEntry] = []
        for id in ids {
            guard case .job(let job) = id, !entries.contains(where: { $0.id == id }) else { continue }
            guard let found = try await state(of: job), found.state == .dead else { continue }
            entries.append(DeadEntry(found))
        }
        return entries
    }

    private static func kept(_ ids: [DeadEntry.ID], _ reason: String) -> [DeadEntry.ID: DeadLetterFate] {
        Dictionary(uniqueKeysWithValues: ids.map { ($0, .failed(reason: "not replayed: \(reason)")) })
    }

    /// - Returns: Of each why it did not end well; `nil` when it did.
    private func verdicts(on canaries: [DeadEntry.ID], patience: Duration) async throws -> [DeadEntry.ID: String?] {
        var verdicts: [DeadEntry.ID: String?] = [:]
        let end = clock.now + patience
        while verdicts.count < canaries.count {
            for canary in canaries where verdicts[canary] == nil {
                guard case .job(let id) = canary else { continue }
                let job = try await state(of: id)
                switch job?.state {
                case .done: verdicts[canary] = .some(nil)
                case .dead: verdicts[canary] = "died again: \(job?.reason ?? "")"
                case nil: verdicts[canary] = "is gone"
                case .ready, .running:
                    if clock.now >= end { verdicts[canary] = "did not end within \(patience); is a worker running?" }
                }
            }
            if verdicts.count < canaries.count { try await clock.sleep(for: Self.lookInterval) }
        }
        return verdicts
    }

    private func state(of id: JobID) async throws -> Job? { try await database.read { try $0.job(id) } }
}
