import ANBCore

extension MemoryTables {
    struct UploadDay: Hashable {
        var owner: UserID
        var day: Int64
    }

    func uploadUsage(of owner: UserID, day: Int64) throws -> UploadUsage {
        uploadDays[UploadDay(owner: owner, day: day)] ?? UploadUsage()
    }

    func countUpload(of owner: UserID, day: Int64, byteCount: Int64, quota: UploadQuota) throws -> Bool {
        var usage = try uploadUsage(of: owner, day: day)
        guard quota.allows(byteCount, beside: usage) else { return false }
        usage.count += 1
        usage.byteCount += byteCount
        uploadDays[UploadDay(owner: owner, day: day)] = usage
        return true
    }

    func deleteUploadUsage(before day: Int64) throws {
        for key in uploadDays.keys where key.day < day { uploadDays[key] = nil }
    }
}
