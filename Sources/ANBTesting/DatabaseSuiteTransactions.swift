import ANBCore

/// What a body throws to see it come back.
private struct Interruption: Error, Equatable {
    var id: Int
}

extension DatabaseSuite {
    static let transactionCases: [ConformanceCase<any Database>] = [
        rule("bringing the schema up to date twice changes nothing") { stage in
            let user = try await stage.addUser()
            try await stage.database.migrate()
            try await stage.database.migrate()
            try expectEqual(try await stage.read { try $0.user(user.id) }, user)
        },
        rule("a database in order answers a check") { try await $0.database.check() },
        rule("a transaction's writes are visible to itself and to later reads") { stage in
            let user = stage.samples.user()
            let seen = try await stage.write { transaction in
                try transaction.insertUser(user)
                return try transaction.user(user.id)
            }
            try expectEqual(seen, user)
            try expectEqual(try await stage.read { try $0.user(user.id) }, user)
        },
        rule("an error of the body undoes every write and comes back unchanged") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            let (stranger, job, now) = (stage.samples.user(), stage.samples.job(), stage.time(9))
            do {
                try await stage.write { transaction in
                    try transaction.insertUser(stranger)
                    try transaction.insertJob(job)
                    try expect(try transaction.castVote(by: voter.id, for: video, at: now), "the vote did not count")
                    try transaction.removeVideo(video)
                    throw Interruption(id: 7)
                }
                throw ConformanceFailure("the transaction did not throw")
            } catch let error as Interruption {
                try expectEqual(error, Interruption(id: 7))
            }
            try expectEqual(try await stage.read { try $0.user(stranger.id) }, nil)
            try expectEqual(try await stage.read { try $0.job(job.id) }, nil)
            try expectEqual(try await stage.video(video).votes, 0)
            try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 0)
            try expectEqual(try await stage.ranking().map(\.votes), [0])
        },
        rule("a conflict that the body handles does not spoil its transaction") { stage in
            let user = try await stage.addUser()
            let other = stage.samples.user()
            try await stage.write { transaction in
                do {
                    try transaction.insertUser(user)
                    throw ConformanceFailure("the same user was inserted twice")
                } catch let error as ANBError where error.code == .conflict {
                    try transaction.insertUser(other)
                }
            }
            try expectEqual(try await stage.read { try $0.user(other.id) }, other)
        },
        rule("an error of a read comes back unchanged") { stage in
            do {
                try await stage.read { _ in throw Interruption(id: 3) }
                throw ConformanceFailure("the read did not throw")
            } catch let error as Interruption {
                try expectEqual(error, Interruption(id: 3))
            }
        },
        rule("parallel read-modify-write transactions lose no update") { stage in
            let user = try await stage.addUser()
            let changed = try await stage.countYes(20) { _ in
                try await stage.write { transaction in
                    var user = try require(try transaction.user(user.id))
                    user.firstName += "x"
                    return try transaction.updateUser(user)
                }
            }
            try expectEqual(changed, 20)
            let name = try await stage.read { try $0.user(user.id)?.firstName }
            try expectEqual(name, user.firstName + String(repeating: "x", count: 20))
        },
        rule("a read sees all of a transaction or nothing of it") { stage in
            let consistent = try await stage.countYes(60) { index in
                let (first, second) = (stage.samples.job(), stage.samples.job())
                if index % 2 == 0 {
                    try await stage.write { transaction in
                        try transaction.insertJob(first)
                        try transaction.insertJob(second)
                    }
                }
                return try await stage.read { try $0.countJobs(in: .ready) } % 2 == 0
            }
            try expectEqual(consistent, 60)
            try expectEqual(try await stage.read { try $0.countJobs(in: .ready) }, 60)
        },
        rule("cancelling the task does not interrupt its transaction") { stage in
            let user = stage.samples.user()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await stage.write { try $0.insertUser(user) }
                return try await stage.read { try $0.user(user.id) }
            }
            try expectEqual(try await task.value, user)
        },
        rule("a row that refers to nobody is refused") { stage in
            let stranger: UserID = stage.samples.ids.next()
            let (video, session) = (try stage.samples.video(of: stranger), stage.samples.session(of: stranger))
            let (upload, token) = (try stage.samples.upload(of: stranger), stage.samples.refreshToken(of: session))
            try await expectError(.internal) { try await stage.write { try $0.insertVideo(video) } }
            try await expectError(.internal) { try await stage.write { try $0.insertSession(session) } }
            try await expectError(.internal) { try await stage.write { try $0.insertUpload(upload) } }
            try await expectError(.internal) { try await stage.write { try $0.insertRefreshToken(token) } }
        },
    ]
}
