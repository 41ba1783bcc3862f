import ANBCore

extension SQLScope {
    func uploadUsage(of owner: UserID, day: Int64) throws -> UploadUsage {
        let find = "SELECT uploads, byte_count FROM upload_days WHERE owner_id = ?1 AND day = ?2"
        return try first(find, [owner, day]) { UploadUsage(count: try $0.int(), byteCount: try $0.int64()) } ?? UploadUsage()
    }

    /// The condition is in the statement that adds, so that of two at the same moment the second sees the first.
    func countUpload(of owner: UserID, day: Int64, byteCount: Int64, quota: UploadQuota) throws -> Bool {
        guard quota.allows(byteCount, beside: UploadUsage()) else { return false }
        let count = """
            INSERT INTO upload_days (owner_id, day, uploads, byte_count) VALUES (?1, ?2, 1, ?3)
            ON CONFLICT (owner_id, day) DO UPDATE
                SET uploads = upload_days.uploads + 1, byte_count = upload_days.byte_count + ?3
                WHERE upload_days.uploads < ?4 AND upload_days.byte_count <= ?5
            """
        let countMax = quota.countMax == 0 ? Int64.max : Int64(quota.countMax)
        let room = (quota.bytesMax == 0 ? Int64.max : quota.bytesMax) - byteCount
        return try execute(count, [owner, day, byteCount, countMax, room]) > 0
    }

    func deleteUploadUsage(before day: Int64) throws { _ = try execute("DELETE FROM upload_days WHERE day < ?1", [day]) }
}
