import ANBCore

extension DatabaseSuite {
    static let closingCases: [ConformanceCase<any Database>] = [
        rule("an erased account keeps its id and nothing else of the person") { stage in
            let user = try await stage.addUser()
            let now = stage.time(5)
            try expectEqual(try await stage.write { try $0.eraseUser(user.id, at: now) }, true)
            try expectEqual(try await stage.write { try $0.eraseUser(user.id, at: now) }, false)
            let left = try require(try await stage.read { try $0.user(user.id) })
            try expectEqual(left.isActive, false)
            try expectEqual(left.roles, [])
            try expectEqual(
                [left.firstName, left.lastName, left.city.name, left.country, left.passwordHash], Array(repeating: "", count: 5))
            try expect(!"\(left)".contains("@") && !left.username.contains(user.username), "\(left)")
            try expectEqual(try await stage.read { try $0.user(email: user.email) }, nil)
            // The e-mail is free for a new account.
            var again = stage.samples.user()
            (again.email, again.username) = (user.email, user.username)
            let stored = again
            try await stage.write { try $0.insertUser(stored) }
        },
        rule("an erased account is removed when nothing refers to it any more") { stage in
            let (voter, player, other) = (try await stage.addUser(), try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            try await stage.vote(voter, for: video, at: 1)
            let (upload, now) = (try stage.samples.upload(of: other.id), stage.time(5))
            try await stage.write { transaction in
                try transaction.insertUpload(upload)
                for user in [voter, player, other] { _ = try transaction.eraseUser(user.id, at: now) }
            }
            try expectEqual(try await stage.write { try $0.removeErasedUsers() }, 0)
            try await stage.write { transaction in
                _ = try transaction.withdrawVideo(video, at: now)
                try transaction.removeUpload(upload.id)
            }
            try expectEqual(try await stage.write { try $0.removeErasedUsers() }, 1)
            try await stage.write { try $0.removeVideo(video) }
            try expectEqual(try await stage.write { try $0.removeErasedUsers() }, 2)
            for user in [voter, player, other] { try expectEqual(try await stage.read { try $0.user(user.id) }, nil) }
        },
        rule("a withdrawn video is off the board with its votes, once") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let (video, other) = (try await stage.addOpenVideo(of: player), try await stage.addOpenVideo(of: player))
            for video in [video, other] { try await stage.vote(voter, for: video, at: 1) }
            let (queued, now) = (try await stage.addVideo(of: player).id, stage.time(5))
            for id in [video, queued] {
                try expectEqual(try await stage.write { try $0.withdrawVideo(id, at: now) }, true)
                try expectEqual(try await stage.write { try $0.withdrawVideo(id, at: now) }, false)
            }
            try expectEqual(try await stage.ranking().map(\.votes), [1])
            try expectEqual(try await stage.publicVideos(), [other])
            try expectEqual(try await stage.vote(try await stage.addUser(), for: video, at: 6), false)
            try expectEqual(try await stage.read { try $0.countVideos(ownedBy: player.id) }, 1)
            try expectEqual(try await stage.read { try $0.tallyDifferences() }, [])
            try await stage.write { try $0.removeVideo(video) }
            try expectEqual(try await stage.ranking().map(\.votes), [1])
            try await stage.write { _ = try $0.withdrawVideo(other, at: now) }
            try expectEqual(try await stage.ranking(), [])
        },
        rule("uploads that are given up cannot be committed, and expire at once") { stage in
            let (player, other) = (try await stage.addUser(), try await stage.addUser())
            let mine = [try stage.samples.upload(of: player.id, idempotencyKey: "a"), try stage.samples.upload(of: player.id)]
            let (theirs, now) = (try stage.samples.upload(of: other.id), stage.time(5))
            try await stage.write { transaction in
                for upload in mine + [theirs] { try transaction.insertUpload(upload) }
                _ = try transaction.moveUpload(mine[1].id, from: .storing, to: .committed, expiresAt: now + .seconds(60))
                try transaction.giveUpUploads(of: player.id, at: now)
            }
            try expectEqual(
                try await stage.write { try $0.moveUpload(mine[0].id, from: .storing, to: .committed, expiresAt: now) }, false)
            let expired = try await stage.read { try $0.uploads(expiredBefore: now + .milliseconds(1), limit: 10) }
            try expectEqual(expired.map(\.id), [mine[0].id])
            try expectEqual(expired.map(\.state), [.abandoned])
            try expectEqual(try await stage.read { try $0.upload(mine[1].id) }, nil)
            try expectEqual(try await stage.read { try $0.upload(theirs.id) }, theirs)
        },
        rule("a person's sessions are removed with their tokens, nobody else's") { stage in
            let (user, other) = (try await stage.addUser(), try await stage.addUser())
            let (session, kept) = (try await stage.addSession(of: user), try await stage.addSession(of: other))
            let token = stage.samples.refreshToken(of: session)
            try await stage.write { transaction in
                try transaction.insertRefreshToken(token)
                try transaction.deleteSessions(of: user.id)
            }
            try expectEqual(try await stage.read { try $0.session(session.id) }, nil)
            try expectEqual(try await stage.read { try $0.refreshToken(hash: token.hash) }, nil)
            try expectEqual(try await stage.read { try $0.session(kept.id) }, kept)
        },
    ]
}
