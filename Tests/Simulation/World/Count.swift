/// What is counted over all seeds, so that nobody believes in a simulation in which nothing happens.
public enum Count: String, CaseIterable, Sendable {
    case requests, answersLost = "answers_lost", requestsCut = "requests_cut", requestsCancelled = "requests_cancelled"
    case uploadsAcknowledged = "uploads_acknowledged", uploadsRepeated = "uploads_repeated"
    case videosPublished = "videos_made", videosFailed = "videos_failed", videosDeleted = "videos_deleted"
    case videosDecided = "videos_decided_by_moderators"
    case votesAcknowledged = "votes_acknowledged", votesTakenBack = "votes_taken_back"
    case runsBegun = "runs_begun", workerDeaths = "worker_deaths_counted", takenFromTheLiving = "leases_taken_from_the_living"
    case jobsGivenBack = "jobs_given_back", jobsBuried = "jobs_buried", jobsRevived = "jobs_revived"
    case crashes, pauses, drains, stops
    case callsFailed = "calls_failed", answersDropped = "call_answers_lost", landedLate = "calls_landed_late"
    case transactionsRepeated = "transactions_run_twice"
    case messagesDropped = "messages_dropped", messagesDoubled = "messages_doubled", deadLetters = "dead_letters"
    case objectsSwept = "objects_swept_or_removed"
}

/// A number for each ``Count``.
public struct Counts: Sendable {
    private var values = [Int](repeating: 0, count: Count.allCases.count)

    public internal(set) subscript(count: Count) -> Int {
        get { values[count.index] }
        set { values[count.index] = newValue }
    }

    static func += (left: inout Counts, right: Counts) {
        for index in left.values.indices { left.values[index] += right.values[index] }
    }
}

extension Count {
    private static let indices = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))

    fileprivate var index: Int { Self.indices[self] ?? 0 }
}
