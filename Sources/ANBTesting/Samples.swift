package import ANBCore

/// Plausible records, each different from the ones before; the same in every run.
package struct Samples: Sendable {
    /// When everything here happens unless told otherwise.
    package static let start = Timestamp(milliseconds: 1_750_000_000_000)

    package let ids: SequentialIDs

    package init(ids: SequentialIDs = SequentialIDs()) { self.ids = ids }

    package func user(city: String = "Bogotá") -> User {
        let id: UserID = ids.next()
        return User(
            id: id, email: "player-\(id)@example.com", username: "player-\(id)", firstName: "Ana",
            lastName: "Gómez", city: City(city), country: "Colombia", passwordHash: "hash-\(id)",
            createdAt: Self.start)
    }

    /// A session of an hour.
    package func session(of user: UserID, at time: Timestamp = Samples.start) -> Session {
        Session(
            id: ids.next(), userID: user, createdAt: time, lastUsedAt: time, expiresAt: time + .seconds(3600))
    }

    package func refreshToken(of session: Session) -> RefreshToken {
        RefreshToken(hash: "token-\(ids.uuid())", sessionID: session.id, expiresAt: session.expiresAt)
    }

    /// A stored clip that waits for its worker.
    package func video(of owner: UserID, at time: Timestamp = Samples.start) throws -> Video {
        let id: VideoID = ids.next()
        return Video(
            id: id, ownerID: owner, title: "Goal of \(id)",
            originalKey: try ObjectKey("\(ObjectKey.originalsPrefix(of: id))original.mov"),
            originalByteCount: 12_345_678, originalSHA256: String(repeating: "ab", count: 32),
            originalSeconds: 21.5, jobID: ids.next(), correlationID: "request-\(id)", uploadedAt: time)
    }

    package func publication(of video: VideoID) throws -> Video.Publication {
        let folder = ObjectKey.publicationsPrefix(of: video) + "1-abab/"
        return Video.Publication(
            renditions: [
                .init(name: "720p", key: try ObjectKey(folder + "720p.mp4"), byteCount: 6_420_000),
                .init(name: "480p", key: try ObjectKey(folder + "480p.mp4"), byteCount: 2_100_000),
            ],
            thumbnailKey: try ObjectKey(folder + "thumbnail.jpg"), posterKey: try ObjectKey(folder + "poster.jpg"),
            durationSeconds: 26.5)
    }

    /// The note of an upload that is being stored, with an hour to do it.
    package func upload(
        of owner: UserID, idempotencyKey: String? = nil, at time: Timestamp = Samples.start
    ) throws -> PendingUpload {
        let id: VideoID = ids.next()
        return PendingUpload(
            id: id, ownerID: owner, key: try ObjectKey("\(ObjectKey.originalsPrefix(of: id))original.mov"),
            idempotencyKey: idempotencyKey, fingerprint: "fingerprint-\(id)", jobID: ids.next(),
            expiresAt: time + .seconds(3600))
    }

    /// An upload in parts of which nothing came yet, with a day to do it.
    package func uploadSession(of owner: UserID, at time: Timestamp = Samples.start) -> UploadSession {
        let id: VideoID = ids.next()
        return UploadSession(
            id: id, ownerID: owner, title: "Goal of \(id)", byteCount: 12_345_678, jobID: ids.next(), createdAt: time,
            expiresAt: time + .seconds(24 * 3600))
    }

    /// News of a published video, due at once.
    public func webhook(of user: UserID? = nil, at time: Timestamp) -> WebhookEvent {
        WebhookEvent(
            id: ids.next(), kind: .processed, videoID: ids.next(), userID: user ?? ids.next(), at: time, dueAt: time)
    }

    /// A job that is due at once.
    package func job(kind: Job.Kind = .processVideo, at time: Timestamp = Samples.start) -> Job {
        let id: JobID = ids.next()
        return Job(
            id: id, kind: kind, videoID: ids.next(), userID: ids.next(), correlationID: "request-\(id)",
            createdAt: time)
    }
}
