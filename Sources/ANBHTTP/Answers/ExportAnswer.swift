import ANBCore

/// Everything that is stored about one person. Passwords and tokens are stored as hashes only and are not in it.
struct ExportAnswer: Encodable {
    /// A video of the person, whatever its state.
    struct OwnVideo: Encodable {
        var videoID: VideoID
        var title: String
        var status: Video.Status
        var uploadedAt: String
        var processedAt: String?
        var byteCount: Int64
        var durationSeconds: Double
        var sha256: String
        var votes: Int
        var error: String?
    }

    /// A vote of the person, and what became of it.
    struct OwnVote: Encodable {
        var videoID: VideoID
        var event: VoteEvent.Kind
        var at: String
        var reason: String?
        /// A keyed hash of the network that it came from.
        var network: String?
    }

    var exportedAt: String
    var account: AccountAnswer
    var sessions: [SessionAnswer]
    var videos: [OwnVideo]
    var votes: [OwnVote]
}

extension ExportAnswer {
    init(_ export: AccountExport, askedBy session: SessionID) {
        self.init(
            exportedAt: export.exportedAt.description, account: AccountAnswer(export.user),
            sessions: export.sessions.map { SessionAnswer($0, isCurrent: $0.id == session) },
            videos: export.videos.map(OwnVideo.init), votes: export.votes.map(OwnVote.init))
    }
}

extension ExportAnswer.OwnVideo {
    fileprivate init(_ video: Video) {
        self.init(
            videoID: video.id, title: video.title, status: video.status, uploadedAt: video.uploadedAt.description,
            processedAt: video.processedAt?.description, byteCount: video.originalByteCount,
            durationSeconds: video.originalSeconds, sha256: video.originalSHA256, votes: video.votes,
            error: video.failureReason)
    }
}

extension ExportAnswer.OwnVote {
    fileprivate init(_ line: VoteEvent) {
        self.init(
            videoID: line.video, event: line.kind, at: line.at.description,
            reason: line.reason.isEmpty ? nil : line.reason, network: line.network)
    }
}
