import ANBCore

extension MemoryTables {
    func upload(_ id: VideoID) throws -> PendingUpload? { uploadNotes[id] }

    func upload(ownedBy owner: UserID, idempotencyKey: String) throws -> PendingUpload? {
        uploadNotes.values.first { $0.ownerID == owner && $0.idempotencyKey == idempotencyKey }
    }

    func uploads(expiredBefore limit: Timestamp, limit count: Int) throws -> [PendingUpload] {
        let expired = uploadNotes.values.filter { $0.expiresAt < limit }
        return Array(expired.sorted { ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id) }.prefix(count))
    }

    func insertUpload(_ upload: PendingUpload) throws {
        if uploadNotes[upload.id] != nil { throw ANBError.uploadKeyTaken }
        if let key = upload.idempotencyKey, try self.upload(ownedBy: upload.ownerID, idempotencyKey: key) != nil {
            throw ANBError.uploadKeyTaken
        }
        _ = try existingUser(upload.ownerID)
        uploadNotes[upload.id] = upload
    }

    func moveUpload(
        _ id: VideoID, from: PendingUpload.State, to: PendingUpload.State, expiresAt: Timestamp
    ) throws -> Bool {
        guard var upload = uploadNotes[id], upload.state == from else { return false }
        upload.state = to
        upload.expiresAt = expiresAt
        uploadNotes[id] = upload
        return true
    }

    func giveUpUploads(of owner: UserID, at now: Timestamp) throws {
        for note in uploadNotes.values.filter({ $0.ownerID == owner }) {
            uploadNotes[note.id] = nil
            if note.state == .committed { continue }
            var note = note
            note.state = .abandoned
            note.expiresAt = now
            note.idempotencyKey = nil
            uploadNotes[note.id] = note
        }
        for row in uploadSessions.values.filter({ $0.session.ownerID == owner }) {
            var row = row
            if row.session.state == .open { row.session.state = .terminated }
            row.session.title = ""
            row.session.metadata = nil
            row.session.expiresAt = now
            row.session.leaseUntil = nil
            uploadSessions[row.session.id] = row
        }
    }

    func removeUpload(_ id: VideoID) throws { uploadNotes[id] = nil }
}
