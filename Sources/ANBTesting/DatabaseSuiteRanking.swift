import ANBCore

extension DatabaseSuite {
    static let rankingCases: [ConformanceCase<any Database>] = [
        rule("the ranking adds up each player's published videos") { stage in
            let (players, voters) = (try await stage.addUsers(3), try await stage.addUsers(3))
            let first = try await stage.addOpenVideo(of: players[0])
            let second = try await stage.addOpenVideo(of: players[0])
            let other = try await stage.addOpenVideo(of: players[1])
            _ = try await stage.addVideo(of: players[2])
            for (index, video) in [first, second, other, first].enumerated() {
                try await stage.vote(voters[index % 3], for: video, at: Double(index))
            }
            try await stage.vote(voters[1], for: first, at: 9)
            let expected = [(players[0], 3), (players[1], 1)].enumerated().map { index, line in
                RankingEntry(position: index + 1, username: line.0.username, city: line.0.city.name, votes: line.1)
            }
            try expectEqual(try await stage.ranking(), expected)
        },
        rule("a player counts from the first published video on, with no votes yet") { stage in
            let player = try await stage.addUser()
            let video = try await stage.addVideo(of: player)
            try expectEqual(try await stage.ranking(), [])
            try await stage.publish(video.id, at: 3)
            try expectEqual(try await stage.ranking().map(\.votes), [0])
        },
        rule("ranking ties go to who reached the total first, then to the smaller user id") { stage in
            let players = try await stage.addUsers(4)
            var videos: [VideoID] = []
            for player in players { videos.append(try await stage.addOpenVideo(of: player, at: 1)) }
            try await stage.vote(players[0], for: videos[2], at: 10)
            try await stage.vote(players[0], for: videos[1], at: 11)
            let names = try await stage.ranking().map(\.username)
            try expectEqual(names, [2, 1, 0, 3].map { players[$0].username })
            // Losing and regaining a vote means reaching the total later.
            try await stage.retract(players[0], for: videos[2], at: 12)
            try await stage.vote(players[0], for: videos[2], at: 13)
            let again = try await stage.ranking().map(\.username)
            try expectEqual(again, [1, 2, 0, 3].map { players[$0].username })
        },
        rule("a vote that is taken back leaves the order of ties as it was") { stage in
            let players = try await stage.addUsers(3)
            var videos: [VideoID] = []
            for (index, player) in players.enumerated() {
                videos.append(try await stage.addOpenVideo(of: player, at: Double(index + 1)))
            }
            let before = try await stage.ranking()
            try await stage.vote(players[2], for: videos[0], at: 10)
            try await stage.retract(players[2], for: videos[0], at: 11)
            try expectEqual(try await stage.ranking(), before)
            try await stage.vote(players[2], for: videos[0], at: 12)
            try await stage.vote(players[2], for: videos[1], at: 13)
            try await stage.vote(players[1], for: videos[0], at: 14)
            try await stage.retract(players[1], for: videos[0], at: 15)
            let names = try await stage.ranking().map(\.username)
            try expectEqual(names, [0, 1, 2].map { players[$0].username })
        },
        rule("a city's ranking counts positions within the city") { stage in
            var players: [User] = []
            for city in ["Cali", "Bogotá", "CALI", "Bogotá"] { players.append(try await stage.addUser(city: city)) }
            for (index, player) in players.enumerated() {
                let video = try await stage.addOpenVideo(of: player)
                for voter in players.prefix(index) { try await stage.vote(voter, for: video, at: Double(index)) }
            }
            let lines = try await stage.ranking(cityKey: "cali")
            try expectEqual(lines.map(\.username), [players[2].username, players[0].username])
            try expectEqual(lines.map(\.position), [1, 2])
            try expectEqual(lines.map(\.votes), [2, 0])
            try expectEqual(lines.map(\.city), ["CALI", "Cali"])
        },
        rule("ranking pages have neither gaps nor repeats, and positions go on") { stage in
            let players = try await stage.addUsers(7)
            for player in players { _ = try await stage.addOpenVideo(of: player) }
            let whole = try await stage.ranking()
            try expectEqual(whole.map(\.position), Array(1...7))
            var paged: [RankingEntry] = []
            for offset in stride(from: 0, to: 9, by: 3) {
                paged += try await stage.ranking(page: Page(limit: 3, offset: offset))
            }
            try expectEqual(paged, whole)
        },
        rule("a video that is stored as published counts at once, from when its votes were reached") { stage in
            let players = try await stage.addUsers(2)
            for (player, reachedAt) in [(0, 1.0), (1, 10), (1, 20), (0, 30)] {
                var video = try stage.samples.video(of: players[player].id)
                video.status = .processed
                video.publication = try stage.samples.publication(of: video.id)
                video.processedAt = stage.time(0)
                video.votes = 2
                video.votesReachedAt = stage.time(reachedAt)
                let published = video
                try await stage.write { try $0.insertVideo(published) }
            }
            let lines = try await stage.ranking()
            try expectEqual(lines.map(\.votes), [4, 4])
            try expectEqual(lines.map(\.username), [players[1].username, players[0].username])
        },
        rule("a second publication does not cost a player the tie") { stage in
            let players = try await stage.addUsers(2)
            let early = try await stage.addOpenVideo(of: players[1], at: 1)
            let late = try await stage.addOpenVideo(of: players[0], at: 1)
            try await stage.vote(players[0], for: early, at: 5)
            try await stage.vote(players[1], for: late, at: 6)
            _ = try await stage.addOpenVideo(of: players[1], at: 20)
            try expectEqual(try await stage.ranking().map(\.username), [players[1].username, players[0].username])
        },
    ]
}
