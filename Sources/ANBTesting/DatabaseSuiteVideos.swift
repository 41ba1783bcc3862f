import ANBCore

extension DatabaseSuite {
    static let videoCases: [ConformanceCase<any Database>] = [
        rule("a video is found with every field, before and after its publication") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            try expectEqual(try await stage.video(video.id), video)
            let (publication, now) = (try stage.samples.publication(of: video.id), stage.time(30))
            let published = try await stage.write { try $0.publish(video.id, publication, at: now) }
            try expect(published, "the video was not published")
            var expected = video
            expected.status = .processed
            expected.publication = publication
            expected.processedAt = now
            try expectEqual(try await stage.video(video.id), expected)
            let stranger: VideoID = stage.samples.ids.next()
            try expectEqual(try await stage.read { try $0.video(stranger) }, nil)
        },
        rule("a video is inserted once") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            try await expectError(.conflict) { try await stage.write { try $0.insertVideo(video) } }
        },
        rule("a player's videos are listed newest first, ties by id, without gaps between pages") { stage in
            let (player, other) = (try await stage.addUser(), try await stage.addUser())
            var expected: [VideoID] = []
            for second in [0.0, 1, 1, 2, 3, 3, 3] {
                expected.append(try await stage.addVideo(of: player, at: second).id)
                _ = try await stage.addVideo(of: other, at: second)
            }
            var listed: [VideoID] = []
            for offset in stride(from: 0, to: 9, by: 3) {
                listed += try await stage.read {
                    try $0.videos(ownedBy: player.id, page: Page(limit: 3, offset: offset)).map(\.id)
                }
            }
            try expectEqual(listed, expected.reversed())
            try expectEqual(try await stage.read { try $0.countVideos(ownedBy: player.id) }, 7)
        },
        rule("all videos are listed by id, without deleted ones and without gaps between pages") { stage in
            let players = [try await stage.addUser(), try await stage.addUser()]
            var expected: [VideoID] = []
            for index in 0..<7 { expected.append(try await stage.addVideo(of: players[index % 2]).id) }
            let (deleted, now) = (expected.remove(at: 3), stage.time(1))
            try await stage.write { try $0.markDeleted(deleted, at: now) }
            var listed: [VideoID] = []
            for _ in 0..<4 {
                let last = listed.last
                listed += try await stage.read { try $0.videos(after: last, limit: 2).map(\.id) }
            }
            try expectEqual(listed, expected.sorted())
        },
        rule("only a queued video starts processing") { stage in
            let player = try await stage.addUser()
            let video = try await stage.addVideo(of: player)
            let open = try await stage.addOpenVideo(of: player)
            let stranger: VideoID = stage.samples.ids.next()
            let answers = try await stage.write { transaction in
                try [video.id, video.id, open, stranger].map { try transaction.markProcessing($0) }
            }
            try expectEqual(answers, [true, false, false, false])
            try expectEqual(try await stage.video(video.id).status, .processing)
            try expectEqual(try await stage.video(open).status, .processed)
        },
        rule("a video is published once, whether it was queued or processing") { stage in
            let player = try await stage.addUser()
            let (queued, started) = (try await stage.addVideo(of: player), try await stage.addVideo(of: player))
            let (publication, now) = (try stage.samples.publication(of: queued.id), stage.time(8))
            let answers = try await stage.write { transaction in
                _ = try transaction.markProcessing(started.id)
                return try [queued.id, started.id, queued.id, started.id].map {
                    try transaction.publish($0, publication, at: now)
                }
            }
            try expectEqual(answers, [true, true, false, false])
            try expectEqual(try await stage.ranking().count, 1)
        },
        rule("lists of several players are each their own, and empty for accounts that are disabled or gone") { stage in
            let players = try await stage.addUsers(3)
            var videos: [[VideoID]] = []
            for player in players {
                var own: [VideoID] = []
                for seconds in 1...4 { own.append(try await stage.addVideo(of: player, at: Double(seconds)).id) }
                videos.append(own.reversed())
            }
            let (deleted, now) = (videos[0][1], stage.time(9))
            var disabled = players[2]
            disabled.isActive = false
            let stored = disabled
            try await stage.write { transaction in
                _ = try transaction.markDeleted(deleted, at: now)
                _ = try transaction.updateUser(stored)
            }
            let absent: UserID = stage.samples.ids.next()
            let wanted = [
                (players[1].id, Page(limit: 2, offset: 1)), (players[0].id, Page(limit: 10)), (absent, Page()),
                (players[2].id, Page()), (players[1].id, Page(limit: 2, offset: 1)),
            ]
            let lists = try await stage.read { try $0.videos(ofActive: wanted) }
            let second = Array(videos[1][1...2])
            try expectEqual(lists.map { $0.map(\.id) }, [second, videos[0].filter { $0 != deleted }, [], [], second])
            try expectEqual(try await stage.read { try $0.videos(ofActive: []) }.count, 0)
        },
        rule("a failed video says why and is neither published nor failed again") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            let (publication, now) = (try stage.samples.publication(of: video.id), stage.time(8))
            let answers = try await stage.write { transaction in
                [
                    try transaction.fail(video.id, code: .notAVideo, reason: "The clip has no picture.", at: now),
                    try transaction.fail(video.id, code: .processingFailed, reason: "Something else.", at: now),
                    try transaction.publish(video.id, publication, at: now),
                    try transaction.markProcessing(video.id),
                ]
            }
            try expectEqual(answers, [true, false, false, false])
            let failed = try await stage.video(video.id)
            try expectEqual(failed.status, .failed)
            try expectEqual(failed.failureReason, "The clip has no picture.")
            try expectEqual(failed.failureCode, .notAVideo)
            try expectEqual(failed.processedAt, now)
            try expectEqual(try await stage.publicVideos(), [])
        },
        rule("a failed video can be queued again as if it had not failed, and no other can") { stage in
            let player = try await stage.addUser()
            let (failed, waiting) = (try await stage.addVideo(of: player), try await stage.addVideo(of: player))
            let (deleted, open) = (try await stage.addVideo(of: player), try await stage.addOpenVideo(of: player))
            let now = stage.time(8)
            let answers = try await stage.write { transaction in
                for id in [failed.id, deleted.id] {
                    _ = try transaction.fail(id, code: .processingFailed, reason: "broken", at: now)
                }
                _ = try transaction.markDeleted(deleted.id, at: now)
                return try [failed.id, failed.id, waiting.id, deleted.id, open].map { try transaction.requeue($0) }
            }
            try expectEqual(answers, [true, false, false, false, false])
            try expectEqual(try await stage.video(failed.id), failed)
            try expectEqual(try await stage.video(deleted.id).status, .failed)
            try expectEqual(try await stage.publicVideos(), [open])
        },
        rule("a published video does not fail and is not deleted") { stage in
            let open = try await stage.addOpenVideo(of: try await stage.addUser())
            let now = stage.time(8)
            let answers = try await stage.write {
                [try $0.fail(open, code: .processingFailed, reason: "late", at: now), try $0.markDeleted(open, at: now)]
            }
            try expectEqual(answers, [false, false])
            try expectEqual(try await stage.publicVideos(), [open])
        },
        rule("a deleted video vanishes from lists and stays as a tombstone that nothing moves") { stage in
            let player = try await stage.addUser()
            let (kept, deleted) = (try await stage.addVideo(of: player), try await stage.addVideo(of: player))
            let (publication, now, later) = (try stage.samples.publication(of: kept.id), stage.time(8), stage.time(9))
            let answers = try await stage.write { transaction in
                [
                    try transaction.markDeleted(deleted.id, at: now),
                    try transaction.markDeleted(deleted.id, at: later),
                    try transaction.markProcessing(deleted.id),
                    try transaction.publish(deleted.id, publication, at: later),
                    try transaction.fail(deleted.id, code: .processingFailed, reason: "late", at: later),
                ]
            }
            try expectEqual(answers, [true, false, false, false, false])
            try expectEqual(try await stage.video(deleted.id).deletedAt, now)
            let listed = try await stage.read { try $0.videos(ownedBy: player.id, page: Page()).map(\.id) }
            try expectEqual(listed, [kept.id])
            try expectEqual(try await stage.read { try $0.countVideos(ownedBy: player.id) }, 1)
            try expectEqual(try await stage.publicVideos(), [])
            try expectEqual(try await stage.read { try $0.publicVideo(deleted.id) }, nil)
            try expectEqual(try await stage.read { try $0.countPublicVideos(cityKey: nil) }, 0)
            try expectEqual(try await stage.ranking(), [])
            try expectEqual(try await stage.read { try $0.cities() }, [])
        },
        rule("failed and processing videos can be deleted") { stage in
            let player = try await stage.addUser()
            let (failed, started) = (try await stage.addVideo(of: player), try await stage.addVideo(of: player))
            let now = stage.time(8)
            let answers = try await stage.write { transaction in
                _ = try transaction.fail(failed.id, code: .processingFailed, reason: "broken", at: now)
                _ = try transaction.markProcessing(started.id)
                return [try transaction.markDeleted(failed.id, at: now), try transaction.markDeleted(started.id, at: now)]
            }
            try expectEqual(answers, [true, true])
        },
        rule("removing a video removes its votes and takes them from its player") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let first = try await stage.addOpenVideo(of: player, at: 1)
            let second = try await stage.addOpenVideo(of: player, at: 2)
            try await stage.vote(voter, for: first, at: 3)
            try await stage.vote(voter, for: second, at: 4)
            try await stage.vote(try await stage.addUser(), for: second, at: 5)
            try expectEqual(try await stage.ranking().map(\.votes), [3])

            try await stage.write { try $0.removeVideo(second) }
            try expectEqual(try await stage.read { try $0.video(second) }, nil)
            try expectEqual(try await stage.read { try $0.countVotes(for: second) }, 0)
            try expectEqual(try await stage.read { try $0.votedVideos(of: voter.id, page: Page()) }, [first])
            try expectEqual(try await stage.ranking().map(\.votes), [1])

            let third = try await stage.addOpenVideo(of: player, at: 6)
            try await stage.write { try $0.removeVideo(first) }
            try expectEqual(try await stage.ranking().map(\.votes), [0])

            try await stage.write { try $0.removeVideo(third) }
            try expectEqual(try await stage.ranking(), [])
            try await stage.write { try $0.removeVideo(first) }
        },
    ]
}
