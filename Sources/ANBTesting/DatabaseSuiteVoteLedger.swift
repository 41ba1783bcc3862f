import ANBCore

extension DatabaseSuite {
    static let voteLedgerCases: [ConformanceCase<any Database>] = [
        rule("every change of a vote is a line with its revision, actor, reason and network") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            let ballot = Ballot(voter: voter.id, video: video, at: stage.time(1), network: "net")
            try expectEqual(try await stage.write { try $0.castVote(ballot, in: .always) }, 1)
            try expectEqual(try await stage.write { try $0.castVote(ballot, in: .always) }, nil)
            try await stage.retract(voter, for: video, at: 2)
            try await stage.retract(voter, for: video, at: 3)
            try await stage.vote(voter, for: video, at: 4)
            try expectEqual(try await stage.quarantine([voter], for: video, at: 5), 1)
            try expectEqual(try await stage.restore([voter], for: video, at: 6), 1)
            let lines = try await stage.read { try $0.voteEvents(of: voter.id) }
            func line(
                _ revision: Int, _ kind: VoteEvent.Kind, _ seconds: Double, _ actor: AuditEvent.Actor = .voter,
                _ reason: String = "", _ network: String? = nil
            ) -> VoteEvent {
                VoteEvent(
                    voter: voter.id, video: video, revision: revision, kind: kind, at: stage.time(seconds), actor: actor,
                    reason: reason, network: network)
            }
            try expectEqual(
                lines,
                [
                    line(1, .cast, 1, .voter, "", "net"), line(2, .retracted, 2), line(3, .cast, 4),
                    line(4, .quarantined, 5, .operator, "because"), line(5, .restored, 6, .operator, "because"),
                ])
            try expectEqual(try await stage.read { try $0.voteEvents(of: player.id) }, [])
            try expectEqual(try await stage.read { try $0.tallyDifferences() }, [])
        },
        rule("nobody's own vote counts, nor that of an account that is not active") { stage in
            let player = try await stage.addUser()
            let video = try await stage.addOpenVideo(of: player)
            var disabled = try await stage.addUser()
            disabled.isActive = false
            let stored = disabled
            try await stage.write { _ = try $0.updateUser(stored) }
            for voter in [player, stored] {
                try expectEqual(try await stage.vote(voter, for: video, at: 1), false)
                try expectEqual(try await stage.read { try $0.voteEvents(of: voter.id) }, [])
            }
            try expectEqual(try await stage.video(video).votes, 0)
        },
        rule("a phase has its first moment and not its last") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let video = try await stage.addOpenVideo(of: player)
            let phase = VotingPhase(opensAt: stage.time(10), closesAt: stage.time(20))
            func cast(_ seconds: Double) async throws -> Int? {
                let ballot = Ballot(voter: voter.id, video: video, at: stage.time(seconds))
                return try await stage.write { try $0.castVote(ballot, in: phase) }
            }
            func retract(_ seconds: Double) async throws -> Int? {
                let now = stage.time(seconds)
                return try await stage.write { try $0.retractVote(by: voter.id, for: video, at: now, in: phase) }
            }
            for outside in [9.999, 20, 21] { try expectEqual(try await cast(outside), nil) }
            try expectEqual(try await cast(10), 1)
            for outside in [9.999, 20, 21] { try expectEqual(try await retract(outside), nil) }
            try expectEqual(try await retract(19.999), 0)
            try expectEqual(try await cast(19.999), 1)
        },
        rule("a quarantined vote stays and does not count, and can neither be cast again nor taken back") { stage in
            let (player, others) = (try await stage.addUser(), try await stage.addUsers(3))
            let video = try await stage.addOpenVideo(of: player)
            for (index, voter) in others.enumerated() { try await stage.vote(voter, for: video, at: Double(index + 1)) }
            try expectEqual(try await stage.quarantine([others[1], others[2], player], for: video, at: 9), 2)
            try expectEqual(try await stage.quarantine([others[1]], for: video, at: 9), 0)
            try expectEqual(try await stage.video(video).votes, 1)
            try expectEqual(try await stage.video(video).votesReachedAt, stage.time(1))
            try expectEqual(try await stage.read { try $0.countVotes(for: video) }, 1)
            try expectEqual(try await stage.ranking().map(\.votes), [1])
            try expectEqual(try await stage.vote(others[1], for: video, at: 10), false)
            try expectEqual(try await stage.retract(others[1], for: video, at: 10), false)
            try expectEqual(try await stage.read { try $0.hasVote(of: others[1].id, for: video) }, true)
            try expectEqual(try await stage.read { try $0.hasVote(of: player.id, for: video) }, false)
            try expectEqual(try await stage.read { try $0.votedVideos(of: others[1].id, page: Page()) }, [video])

            try expectEqual(try await stage.restore(others, for: video, at: 11), 2)
            try expectEqual(try await stage.restore(others, for: video, at: 11), 0)
            try expectEqual(try await stage.video(video).votes, 3)
            try expectEqual(try await stage.video(video).votesReachedAt, stage.time(3))
            try expectEqual(try await stage.ranking().map(\.votes), [3])
            try expectEqual(try await stage.read { try $0.tallyDifferences() }, [])
        },
        rule("votes are listed with what they are judged by") { stage in
            let (player, voter, regular) = (try await stage.addUser(), try await stage.addUser(), try await stage.addUser())
            let (video, other) = (try await stage.addOpenVideo(of: player), try await stage.addOpenVideo(of: player))
            let ballot = Ballot(voter: regular.id, video: video, at: stage.time(2), network: "a")
            try await stage.write { _ = try $0.castVote(ballot, in: .always) }
            try await stage.vote(voter, for: video, at: 1)
            try await stage.vote(regular, for: other, at: 3)
            // What was taken back was once cast: it still tells that somebody votes for several.
            try await stage.retract(regular, for: other, at: 4)
            try await stage.quarantine([regular], for: video, at: 5)
            let expected = [
                VoteRecord(voter: voter.id, castAt: stage.time(1), accountCreatedAt: voter.createdAt, videosOfVoter: 1),
                VoteRecord(
                    voter: regular.id, castAt: stage.time(2), network: "a", accountCreatedAt: regular.createdAt,
                    videosOfVoter: 2, isQuarantined: true),
            ]
            try expectEqual(try await stage.read { try $0.voteRecords(for: video) }, expected)
            try expectEqual(try await stage.read { try $0.voteRecords(for: other) }, [])
        },
        rule("after casting, taking back, quarantine and restoring all at once, board, votes and ledger agree") { stage in
            let player = try await stage.addUser()
            let voters = try await stage.addUsers(10)
            let videos = [try await stage.addOpenVideo(of: player), try await stage.addOpenVideo(of: player)]
            _ = try await stage.countYes(200) { index in
                let (voter, video) = (voters[index % 10], videos[index / 10 % 2])
                switch index / 20 % 5 {
                case 0, 2: return try await stage.vote(voter, for: video, at: Double(index))
                case 1: return try await stage.retract(voter, for: video, at: Double(index))
                case 3: return try await stage.quarantine([voter, voters[(index + 1) % 10]], for: video, at: Double(index)) > 0
                default: return try await stage.restore([voters[(index + 1) % 10], voter], for: video, at: Double(index)) > 0
                }
            }
            try expectEqual(try await stage.read { try $0.tallyDifferences() }, [])
            let total = try await stage.read { scope in try videos.map { try scope.countVotes(for: $0) }.reduce(0, +) }
            try expectEqual(try await stage.ranking().map(\.votes), [total])
        },
        rule("a removed video takes its votes and their lines along") { stage in
            let (player, voter) = (try await stage.addUser(), try await stage.addUser())
            let (video, other) = (try await stage.addOpenVideo(of: player), try await stage.addOpenVideo(of: player))
            for video in [video, other] { try await stage.vote(voter, for: video, at: 1) }
            try await stage.write { try $0.removeVideo(video) }
            try expectEqual(try await stage.read { try $0.voteEvents(of: voter.id).map(\.video) }, [other])
            try expectEqual(try await stage.read { try $0.tallyDifferences() }, [])
        },
    ]
}

extension DatabaseStage {
    @discardableResult
    fileprivate func quarantine(_ voters: [User], for video: VideoID, at seconds: Double) async throws -> Int {
        let (ids, now) = (voters.map(\.id), time(seconds))
        return try await write { try $0.quarantineVotes(of: ids, for: video, by: .operator, reason: "because", at: now) }
    }

    fileprivate func restore(_ voters: [User], for video: VideoID, at seconds: Double) async throws -> Int {
        let (ids, now) = (voters.map(\.id), time(seconds))
        return try await write { try $0.restoreVotes(of: ids, for: video, by: .operator, reason: "because", at: now) }
    }
}
