/// What must hold whatever breaks.
public enum Invariant: String, CaseIterable, Sendable {
    case acknowledgedExists = "an acknowledged upload exists"
    case endsWell = "every upload ends processed, or failed with a reason that is true"
    case oneVideoPerUpload = "one upload makes one video, and no video was not uploaded"
    case publishedByHolder = "a video is published once, by the holder of its job, with its own files"
    case edges = "states move along allowed edges"
    case holderWrites = "only the holder of a lease writes to its job"
    case leases = "nobody takes a job that is held or not due"
    case attempts = "attempts and worker deaths stay within their limits"
    case votes = "every answer about a vote is true, and each acknowledged vote counts once"
    case tally = "tallies equal votes"
    case ranking = "the ranking equals the tallies"
    case noOrphans = "no object without a row stays"
    case noMissingObjects = "no row refers to an object that is missing"
    case deletedLeavesNothing = "nothing is left of a deleted video"
    case answers = "answers make sense"
    case healsInTime = "everything is well again within its time"
    case worksAgain = "after all, every replica takes an upload and every worker makes a video"
    case everythingEnds = "every task ends when it is told to"
}

/// An invariant that did not hold.
public struct Violation: Sendable, CustomStringConvertible {
    public var invariant: Invariant
    public var detail: String

    public var description: String { "\(invariant): \(invariant.rawValue): \(detail)" }
}
