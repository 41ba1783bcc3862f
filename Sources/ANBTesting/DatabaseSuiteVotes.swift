import ANBCore

extension DatabaseSuite {
    static let voteCases: [ConformanceCase<any Database>] = [
        rule("a vote counts once, with the time at which the count was reached") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            try expectEqual(try await stage.vote(voter, for: video, at: 10), true)
            try expectEqual(try await stage.vote(voter, for: video, at: 11), false)
            let counted = try await stage.video(video)
            try expectEqual(counted.votes, 1)
            try expectEqual(counted.votesReachedAt, stage.time(10))
            try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 1)
        },
        rule("a vote on a video that is not open, or not there, does not count") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let (queued, deleted) = (try await stage.addVideo(of: player), try await stage.addVideo(of: player))
            let now = stage.time(2)
            try await stage.write { try $0.markDeleted(deleted.id, at: now) }
            let stranger: VideoID = stage.samples.ids.next()
            for video in [queued.id, deleted.id, stranger] {
                try expectEqual(try await stage.vote(voter, for: video, at: 3), false)
                try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 0)
            }
            try expectEqual(try await stage.video(queued.id).votes, 0)
        },
        rule("of votes that come together each gets the answer it would get alone") { stage in
            let (player, voter, late) = (try await stage.addUser(), try await stage.addUser(), try await stage.addUser())
            var disabled = try await stage.addUser()
            disabled.isActive = false
            let (gone, now) = (disabled, stage.time(20))
            let video = try await stage.addOpenVideo(of: player)
            let (own, closed) = (try await stage.addOpenVideo(of: voter), try await stage.addVideo(of: player))
            let stranger: UserID = stage.samples.ids.next()
            try await stage.vote(late, for: own, at: 10)
            let ballots = [
                (late.id, video), (voter.id, own), (voter.id, video), (voter.id, closed.id), (late.id, video), (late.id, own),
                (gone.id, video), (stranger, video), (player.id, own),
            ].map { Ballot(voter: $0.0, video: $0.1, at: now) }
            let answers = try await stage.write { transaction in
                _ = try transaction.updateUser(gone)
                return try transaction.castVotes(ballots, in: .always)
            }
            try expectEqual(answers, [1, nil, 2, nil, nil, nil, nil, nil, 2])
            try expectEqual(try await stage.video(video).votes, 2)
            try expectEqual(try await stage.video(video).votesReachedAt, now)
            try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 2)
            try expectEqual(try await stage.read { try $0.countVotes(for: own) }, 2)
            try expectEqual(try await stage.ranking().map(\.votes), [2, 2])
        },
        rule("no votes at all are no trouble") { stage in
            try expectEqual(try await stage.write { try $0.castVotes([], in: .always) }, [])
        },
        rule("groups of votes for the same videos in other orders all count") { stage in
            let players = try await stage.addUsers(4)
            let voters = try await stage.addUsers(12)
            var videos: [VideoID] = []
            for index in 0..<8 { videos.append(try await stage.addOpenVideo(of: players[index % 4])) }
            let open = videos
            let counted = try await stage.countYes(12) { index in
                let order = index % 2 == 0 ? open : open.reversed()
                let ballots = order.map { Ballot(voter: voters[index].id, video: $0, at: stage.time(Double(index))) }
                return try await stage.write { try $0.castVotes(ballots, in: .always) }.allSatisfy { $0 != nil }
            }
            try expectEqual(counted, 12)
            for video in videos { try expectEqual(try await stage.video(video).votes, 12) }
            try expectEqual(try await stage.ranking().map(\.votes), [24, 24, 24, 24])
        },
        rule("a vote taken back lowers the tally once and may be cast again") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            try expectEqual(try await stage.retract(voter, for: video, at: 1), false)
            try await stage.vote(voter, for: video, at: 2)
            try expectEqual(try await stage.retract(voter, for: video, at: 3), true)
            try expectEqual(try await stage.retract(voter, for: video, at: 4), false)
            let lowered = try await stage.video(video)
            try expectEqual(lowered.votes, 0)
            try expectEqual(lowered.votesReachedAt, lowered.uploadedAt, "as if the vote had never been")
            try expectEqual(try await stage.ranking().map(\.votes), [0])
            try expectEqual(try await stage.vote(voter, for: video, at: 5), true)
            try expectEqual(try await stage.ranking().map(\.votes), [1])
        },
        rule("a person's votes are listed latest first, page by page") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            var videos: [VideoID] = []
            for index in 0..<5 {
                videos.append(try await stage.addOpenVideo(of: player))
                try await stage.vote(voter, for: videos[index], at: Double(index))
            }
            try await stage.retract(voter, for: videos[3], at: 9)
            let first = try await stage.read { try $0.votedVideos(of: voter.id, page: Page(limit: 2)) }
            let second = try await stage.read { try $0.votedVideos(of: voter.id, page: Page(limit: 2, offset: 2)) }
            try expectEqual(first + second, [videos[4], videos[2], videos[1], videos[0]])
            try expectEqual(try await stage.read { try $0.votedVideos(of: player.id, page: Page()) }, [])
        },
        rule("50 parallel votes of one person count once") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            let counted = try await stage.countYes(50) { try await stage.vote(voter, for: video, at: Double($0)) }
            try expectEqual(counted, 1)
            try expectEqual(try await stage.video(video).votes, 1)
            try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 1)
            try expectEqual(try await stage.ranking().map(\.votes), [1])
        },
        rule("parallel votes of different people all count") { stage in
            let player = try await stage.addUser()
            let voters = try await stage.addUsers(50)
            let videos = [try await stage.addOpenVideo(of: player), try await stage.addOpenVideo(of: player)]
            let counted = try await stage.countYes(100) { index in
                try await stage.vote(voters[index / 2], for: videos[index % 2], at: Double(index))
            }
            try expectEqual(counted, 100)
            for video in videos {
                try expectEqual(try await stage.video(video).votes, 50)
                try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 50)
            }
            try expectEqual(try await stage.ranking().map(\.votes), [100])
        },
        rule("parallel casting and taking back leaves tallies that agree with the votes") { stage in
            let player = try await stage.addUser()
            let voters = try await stage.addUsers(8)
            let video = try await stage.addOpenVideo(of: player)
            _ = try await stage.countYes(80) { index in
                let voter = voters[index % 8]
                return index / 8 % 2 == 0
                    ? try await stage.vote(voter, for: video, at: Double(index))
                    : try await stage.retract(voter, for: video, at: Double(index))
            }
            let counted = try await stage.read { try $0.countVotes(for: video) }
            try expectEqual(try await stage.video(video).votes, counted)
            try expectEqual(try await stage.ranking().map(\.votes), [counted])
        },
    ]
}
