import ANBCore

extension DatabaseSuite {
    static let moderationCases: [ConformanceCase<any Database>] = [
        rule("a video that waits for a moderator is not public, and is listed by how long it waits") { stage in
            let player = try await stage.addUser()
            var waiting: [VideoID] = []
            for second in [2.0, 1, 1] { waiting.append(try await stage.addWaitingVideo(of: player, at: second)) }
            _ = try await stage.addVideo(of: player)
            _ = try await stage.addOpenVideo(of: player)
            let found = try await stage.read { try $0.videosToReview(page: Page()) }
            try expectEqual(found.map(\.video.id), [waiting[1], waiting[2], waiting[0]])
            try expectEqual(found.map(\.username), Array(repeating: player.username, count: 3))
            try expectEqual(try await stage.read { try $0.countVideosToReview() }, 3)
            let second = try await stage.read { try $0.videosToReview(page: Page(limit: 1, offset: 1)).map(\.video.id) }
            try expectEqual(second, [waiting[2]])
            try expectEqual(try await stage.publicVideos().count, 1)
            let voter = try await stage.addUser()
            try expectEqual(try await stage.vote(voter, for: waiting[0], at: 3), false)
            let submitted = try await stage.video(waiting[0])
            try expectEqual(submitted.status, .pendingReview)
            try expectEqual(submitted.processedAt, stage.time(2))
            try expect(submitted.publication != nil, "the publication is kept")
        },
        rule("an approved video is public from then on, once") { stage in
            let player = try await stage.addUser()
            let video = try await stage.addWaitingVideo(of: player, at: 1)
            let now = stage.time(9)
            try expectEqual(try await stage.write { try $0.approve(video, at: now) }, true)
            try expectEqual(try await stage.write { try $0.approve(video, at: now) }, false)
            try expectEqual(try await stage.write { try $0.reject(video, reason: "late", at: now) }, false)
            try expectEqual(try await stage.video(video).status, .processed)
            try expectEqual(try await stage.video(video).processedAt, now)
            try expectEqual(try await stage.publicVideos(), [video])
            try expectEqual(try await stage.ranking().count, 1)
            try expectEqual(try await stage.read { try $0.countVideosToReview() }, 0)
            let voter = try await stage.addUser()
            try expectEqual(try await stage.vote(voter, for: video, at: 10), true)
        },
        rule("a rejected video keeps the reason, stays private and may be deleted") { stage in
            let player = try await stage.addUser()
            let video = try await stage.addWaitingVideo(of: player, at: 1)
            let now = stage.time(9)
            try expectEqual(try await stage.write { try $0.reject(video, reason: "no ball", at: now) }, true)
            try expectEqual(try await stage.write { try $0.approve(video, at: now) }, false)
            try expectEqual(try await stage.video(video).status, .rejected)
            try expectEqual(try await stage.video(video).failureReason, "no ball")
            try expectEqual(try await stage.video(video).failureCode, .rejected)
            try expectEqual(try await stage.publicVideos(), [])
            try expectEqual(try await stage.ranking(), [])
            try expectEqual(try await stage.write { try $0.markDeleted(video, at: now) }, true)
        },
        rule("only a video in the making is submitted, and only a waiting one that is not deleted is decided") { stage in
            let player = try await stage.addUser()
            let (publication, now) = (try stage.samples.publication(of: stage.samples.ids.next()), stage.time(9))
            let open = try await stage.addOpenVideo(of: player)
            let waiting = try await stage.addWaitingVideo(of: player, at: 1)
            let deleted = try await stage.addWaitingVideo(of: player, at: 1)
            let queued = try await stage.addVideo(of: player).id
            try await stage.write { try $0.markDeleted(deleted, at: now) }
            for video in [open, waiting, deleted] {
                try expectEqual(try await stage.write { try $0.submitForReview(video, publication, at: now) }, false)
            }
            for video in [open, deleted, queued] {
                try expectEqual(try await stage.write { try $0.approve(video, at: now) }, false)
                try expectEqual(try await stage.write { try $0.reject(video, reason: "no", at: now) }, false)
            }
            try expectEqual(try await stage.read { try $0.countVideosToReview() }, 1)
        },
        rule("people are found by role, the oldest account first") { stage in
            var people: [User] = []
            for (second, roles) in [(3.0, [User.Role.player, .moderator]), (1, [.player, .jury, .moderator]), (2, [.player])] {
                var user = stage.samples.user()
                user.roles = roles
                let stored = User(
                    id: user.id, email: user.email, username: user.username, firstName: user.firstName,
                    lastName: user.lastName, city: user.city, country: user.country, passwordHash: user.passwordHash,
                    roles: roles, createdAt: stage.time(second))
                people.append(stored)
                try await stage.write { try $0.insertUser(stored) }
            }
            func ids(_ role: User.Role, page: Page = Page()) async throws -> [UserID] {
                try await stage.read { try $0.users(with: role, page: page).map(\.id) }
            }
            try expectEqual(try await ids(.moderator), [people[1].id, people[0].id])
            try expectEqual(try await ids(.jury), [people[1].id])
            try expectEqual(try await ids(.admin), [])
            try expectEqual(try await ids(.player, page: Page(limit: 1, offset: 1)), [people[2].id])
        },
    ]
}

extension DatabaseStage {
    /// A video that was made and waits for a moderator.
    fileprivate func addWaitingVideo(of owner: User, at seconds: Double) async throws -> VideoID {
        let video = try await addVideo(of: owner, at: 0)
        let (publication, now) = (try samples.publication(of: video.id), time(seconds))
        try expect(
            try await write { try $0.submitForReview(video.id, publication, at: now) }, "\(video.id) was not submitted")
        return video.id
    }
}
