import ANBCore
import ANBPersistence

/// The rows as they are after each commit, kept by the checker for itself.
struct Rows {
    struct VoteKey: Hashable {
        var voter: UserID
        var video: VideoID
    }

    private(set) var uploads: [VideoID: PendingUpload] = [:]
    private(set) var videos: [VideoID: Video] = [:]
    private(set) var jobs: [JobID: Job] = [:]
    private(set) var votes: Set<VoteKey> = []
    private(set) var voteCounts: [VideoID: Int] = [:]

    mutating func apply(_ change: MemoryChange) {
        switch change {
        case .upload(let old, let new): if let id = (new ?? old)?.id { uploads[id] = new }
        case .video(let old, let new): if let id = (new ?? old)?.id { videos[id] = new }
        case .job(let old, let new): if let id = (new ?? old)?.id { jobs[id] = new }
        case .vote(let voter, let video, let isLive):
            let key = VoteKey(voter: voter, video: video)
            if isLive, votes.insert(key).inserted { voteCounts[video, default: 0] += 1 }
            if !isLive, votes.remove(key) != nil { voteCounts[video, default: 0] -= 1 }
        }
    }

    /// By id, which is the order in which they were made by each process.
    var sortedVideos: [Video] { videos.values.sorted { $0.id < $1.id } }

    var haveOpenJobs: Bool { jobs.values.contains { $0.state == .ready || $0.state == .running } }

    var isQuiet: Bool { !haveOpenJobs && uploads.values.allSatisfy { $0.state == .committed } }

    /// What must be in the store when nothing is under way.
    var neededKeys: [ObjectKey] {
        videos.values.filter { $0.deletedAt == nil }.flatMap(\.keys).sorted { $0.description < $1.description }
    }
}
