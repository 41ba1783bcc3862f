import ANBCore

/// What people asked for and what they were told: all that the last check trusts.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class Journal: @unchecked Sendable {
    /// One thing that somebody wants to upload, however often they try.
    struct Upload {
        var owner: UserID
        var key: String?
        var title: String
        var clip: Clip
        var attempts = 0
        /// In the order in which they came.
        var answers: [VideoUploads.Accepted] = []
    }

    struct Deletion {
        /// That were not refused; any of them may have happened.
        var requests = 0
        var isAcknowledged = false
    }

    var uploads: [Upload] = []
    /// Lanes of people who have done all they wanted.
    var livesEnded = 0
    var deletions: [VideoID: Deletion] = [:]
    var votes: [Rows.VoteKey: VoteHistory] = [:]
}

extension Checker {
    /// Somebody is told that their upload is accepted: it is there, now.
    func acknowledged(_ accepted: VideoUploads.Accepted, _ upload: Journal.Upload, _ journal: Journal) {
        counts[.uploadsAcknowledged] += 1
        let id = accepted.videoID
        if let first = upload.answers.last(where: { journal.deletions[$0.videoID] == nil }), first.videoID != id {
            violated(.oneVideoPerUpload, "\(upload.title) is video \(first.videoID) and video \(id)")
        }
        require(
            upload.key != nil || upload.answers.isEmpty, .oneVideoPerUpload, "\(upload.title) was accepted and sent again")
        guard journal.deletions[id] == nil else { return }
        guard let video = rows.videos[id], video.deletedAt == nil else {
            return violated(.acknowledgedExists, "\(upload.title) was accepted as \(id), which does not exist")
        }
        require(
            video.ownerID == upload.owner && video.title == upload.title && video.jobID == accepted.jobID
                && video.originalSHA256 == Clip.digest(upload.clip.bytes), .acknowledgedExists,
            "\(upload.title) was accepted as \(id), which is \(video.title)")
    }
}
