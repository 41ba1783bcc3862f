import ANBCore

extension DatabaseSuite {
    static let uploadCases: [ConformanceCase<any Database>] = [
        rule("an upload is found by id and by its owner's idempotency key with every field") { stage in
            let owner = try await stage.addUser()
            let upload = try stage.samples.upload(of: owner.id, idempotencyKey: "key-1")
            try await stage.write { try $0.insertUpload(upload) }
            try expectEqual(try await stage.read { try $0.upload(upload.id) }, upload)
            let found = try await stage.read { try $0.upload(ownedBy: owner.id, idempotencyKey: "key-1") }
            try expectEqual(found, upload)
            let other = try await stage.read { try $0.upload(ownedBy: owner.id, idempotencyKey: "key-2") }
            try expectEqual(other, nil)
        },
        rule("an idempotency key is unique per owner, and none is needed") { stage in
            let (owner, other) = (try await stage.addUser(), try await stage.addUser())
            let first = try stage.samples.upload(of: owner.id, idempotencyKey: "key")
            let again = try stage.samples.upload(of: owner.id, idempotencyKey: "key")
            let theirs = try stage.samples.upload(of: other.id, idempotencyKey: "key")
            let bare = [try stage.samples.upload(of: owner.id), try stage.samples.upload(of: owner.id)]
            try await stage.write { transaction in
                for upload in [first, theirs] + bare { try transaction.insertUpload(upload) }
            }
            try await expectError(.conflict) { try await stage.write { try $0.insertUpload(again) } }
            let found = try await stage.read { try $0.upload(ownedBy: owner.id, idempotencyKey: "key") }
            try expectEqual(found, first)
        },
        rule("of 20 parallel uploads with one idempotency key one wins") { stage in
            let owner = try await stage.addUser()
            let uploads = try (0..<20).map { _ in try stage.samples.upload(of: owner.id, idempotencyKey: "key") }
            let winners = try await stage.countYes(20) { index in
                do {
                    try await stage.write { try $0.insertUpload(uploads[index]) }
                    return true
                } catch let error as ANBError where error.code == .conflict {
                    return false
                }
            }
            try expectEqual(winners, 1)
        },
        rule("an upload moves only from the state it is in") { stage in
            let owner = try await stage.addUser()
            let (upload, end) = (try stage.samples.upload(of: owner.id), stage.time(9000))
            let stranger: VideoID = stage.samples.ids.next()
            let answers = try await stage.write { transaction in
                try transaction.insertUpload(upload)
                return [
                    try transaction.moveUpload(upload.id, from: .storing, to: .committed, expiresAt: end),
                    try transaction.moveUpload(upload.id, from: .storing, to: .abandoned, expiresAt: end),
                    try transaction.moveUpload(stranger, from: .storing, to: .abandoned, expiresAt: end),
                ]
            }
            try expectEqual(answers, [true, false, false])
            var moved = upload
            moved.state = .committed
            moved.expiresAt = end
            try expectEqual(try await stage.read { try $0.upload(upload.id) }, moved)
        },
        rule("expired uploads are listed in any state, oldest first, up to the limit") { stage in
            let owner = try await stage.addUser()
            let uploads = try [3.0, 1, 2, 0, 4].map { try stage.samples.upload(of: owner.id, at: stage.time($0)) }
            let limit = uploads[4].expiresAt
            try await stage.write { transaction in
                for upload in uploads { try transaction.insertUpload(upload) }
                let (id, expiry) = (uploads[1].id, uploads[1].expiresAt)
                _ = try transaction.moveUpload(id, from: .storing, to: .abandoned, expiresAt: expiry)
            }
            let all = try await stage.read { try $0.uploads(expiredBefore: limit, limit: 10).map(\.id) }
            try expectEqual(all, [3, 1, 2, 0].map { uploads[$0].id })
            let some = try await stage.read { try $0.uploads(expiredBefore: limit, limit: 2).map(\.id) }
            try expectEqual(some, [3, 1].map { uploads[$0].id })
        },
        rule("a removed upload is gone and frees its idempotency key") { stage in
            let owner = try await stage.addUser()
            let first = try stage.samples.upload(of: owner.id, idempotencyKey: "key")
            let second = try stage.samples.upload(of: owner.id, idempotencyKey: "key")
            try await stage.write { transaction in
                try transaction.insertUpload(first)
                try transaction.removeUpload(first.id)
                try transaction.removeUpload(first.id)
                try transaction.insertUpload(second)
            }
            try expectEqual(try await stage.read { try $0.upload(first.id) }, nil)
            try expectEqual(try await stage.read { try $0.upload(second.id) }, second)
        },
    ]
}
