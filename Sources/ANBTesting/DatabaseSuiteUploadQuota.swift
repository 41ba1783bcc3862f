import ANBCore

extension DatabaseSuite {
    static let uploadQuotaCases: [ConformanceCase<any Database>] = [
        rule("uploads are counted by person and day, up to the number that the quota has") { stage in
            let (owner, other) = (try await stage.addUser().id, try await stage.addUser().id)
            let quota = UploadQuota(countMax: 2, bytesMax: 0)
            try expectEqual(try await stage.count(owner, [1, 1, 1], quota), [true, true, false])
            try expectEqual(try await stage.count(owner, [1], quota, day: 8), [true])
            try expectEqual(try await stage.count(other, [5], quota), [true])
            try expectEqual(
                try await stage.read { scope in try [7, 8, 9].map { try scope.uploadUsage(of: owner, day: $0) } },
                [UploadUsage(count: 2, byteCount: 2), UploadUsage(count: 1, byteCount: 1), UploadUsage()])
        },
        rule("the bytes of a day fit into the quota to the last one") { stage in
            let owner = try await stage.addUser().id
            let quota = UploadQuota(countMax: 0, bytesMax: 100 << 30)
            try expectEqual(
                try await stage.count(owner, [(100 << 30) + 1, 60 << 30, (40 << 30) + 1, 40 << 30, 1], quota),
                [false, true, false, true, false])
            try expectEqual(try await stage.read { try $0.uploadUsage(of: owner, day: 7).byteCount }, 100 << 30)
        },
        rule("both limits hold; without any everything is counted") { stage in
            let (owner, free) = (try await stage.addUser().id, try await stage.addUser().id)
            let quota = UploadQuota(countMax: 2, bytesMax: 10)
            try expectEqual(try await stage.count(owner, [9, 2, 1, 0], quota), [true, false, true, false])
            let none = UploadQuota(countMax: 0, bytesMax: 0)
            try expectEqual(try await stage.count(free, [1 << 50, 1 << 50], none), [true, true])
            try expectEqual(
                try await stage.read { try $0.uploadUsage(of: free, day: 7) }, UploadUsage(count: 2, byteCount: 1 << 51))
        },
        rule("of 20 uploads at the same moment as many count as the quota has room for") { stage in
            let owner = try await stage.addUser().id
            let byCount = try await stage.countYes(20) { _ in
                try await stage.count(owner, [1], UploadQuota(countMax: 5, bytesMax: 0)) == [true]
            }
            try expectEqual(byCount, 5)
            let byBytes = try await stage.countYes(20) { _ in
                try await stage.count(owner, [3], UploadQuota(countMax: 0, bytesMax: 10), day: 8) == [true]
            }
            try expectEqual(byBytes, 3)
        },
        rule("what a transaction counted is gone when it fails; earlier days are removed") { stage in
            let owner = try await stage.addUser().id
            let quota = UploadQuota(countMax: 1, bytesMax: 0)
            try await expectError(.conflict) {
                try await stage.write { transaction in
                    _ = try transaction.countUpload(of: owner, day: 7, byteCount: 1, quota: quota)
                    throw ANBError(.conflict, "no")
                }
            }
            for day in [7, 8, 9] as [Int64] { try expectEqual(try await stage.count(owner, [1], quota, day: day), [true]) }
            try await stage.write { try $0.deleteUploadUsage(before: 9) }
            try expectEqual(try await stage.read { try $0.uploadUsage(of: owner, day: 8) }, UploadUsage())
            try expectEqual(try await stage.count(owner, [1], quota, day: 9), [false])
        },
    ]
}

extension DatabaseStage {
    /// One transaction for each upload.
    fileprivate func count(
        _ owner: UserID, _ byteCounts: [Int64], _ quota: UploadQuota, day: Int64 = 7
    ) async throws -> [Bool] {
        var answers: [Bool] = []
        for byteCount in byteCounts {
            answers.append(
                try await write { try $0.countUpload(of: owner, day: day, byteCount: byteCount, quota: quota) })
        }
        return answers
    }
}
