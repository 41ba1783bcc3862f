import ANBCore

extension DatabaseSuite {
    static let publicListCases: [ConformanceCase<any Database>] = [
        rule("the public list shows only published videos, with their player") { stage in
            let player = try await stage.addUser(city: "Medellín")
            _ = try await stage.addVideo(of: player)
            let open = try await stage.addOpenVideo(of: player)
            let expected = PublicVideo(
                video: try await stage.video(open), username: player.username, playerName: player.playerName,
                city: "Medellín")
            try expectEqual(try await stage.read { try $0.publicVideos(PublicVideoQuery()) }, [expected])
            try expectEqual(try await stage.read { try $0.publicVideo(open) }, expected)
            try expectEqual(try await stage.read { try $0.countPublicVideos(cityKey: nil) }, 1)
        },
        rule("an unpublished video has no public page") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            try expectEqual(try await stage.read { try $0.publicVideo(video.id) }, nil)
        },
        rule("most votes first; ties go to who reached the count first, then to the smaller id") { stage in
            let players = try await stage.addUsers(4)
            var videos: [VideoID] = []
            for player in players { videos.append(try await stage.addOpenVideo(of: player)) }
            try await stage.vote(players[0], for: videos[3], at: 10)
            try await stage.vote(players[0], for: videos[2], at: 11)
            try expectEqual(try await stage.publicVideos(), [videos[3], videos[2], videos[0], videos[1]])
            try await stage.vote(players[2], for: videos[1], at: 12)
            try await stage.vote(players[0], for: videos[1], at: 13)
            try expectEqual(try await stage.publicVideos(), [videos[1], videos[3], videos[2], videos[0]])
        },
        rule("the newest list goes by publication, not by upload") { stage in
            let player = try await stage.addUser()
            let (slow, quick) = (try await stage.addVideo(of: player, at: 0), try await stage.addVideo(of: player, at: 1))
            try await stage.publish(quick.id, at: 20)
            try await stage.publish(slow.id, at: 30)
            try expectEqual(try await stage.publicVideos(PublicVideoQuery(sort: .new)), [slow.id, quick.id])
        },
        rule("a city's list finds every spelling of the city and nothing else") { stage in
            let cities = ["Bogotá", "BOGOTA", " bogota ", "Bogotá  D.C.", "Cali"]
            var videos: [VideoID] = []
            for city in cities { videos.append(try await stage.addOpenVideo(of: try await stage.addUser(city: city))) }
            let key = City("bogotá").key
            for sort in PublicVideoQuery.Sort.allCases {
                let listed = try await stage.publicVideos(PublicVideoQuery(cityKey: key, sort: sort))
                try expectEqual(Set(listed), Set(videos[0...2]))
            }
            try expectEqual(try await stage.read { try $0.countPublicVideos(cityKey: key) }, 3)
            try expectEqual(try await stage.publicVideos(PublicVideoQuery(cityKey: "nowhere")), [])
        },
        rule("pages by offset have neither gaps nor repeats, in both orders") { stage in
            try await checkPages(stage) { query, offset, _ in query.page.offset = offset }
        },
        rule("pages after the last video have neither gaps nor repeats, in both orders") { stage in
            try await checkPages(stage) { query, _, last in
                query.after = last.map { video in
                    let at = query.sort == .votes ? video.votesReachedAt : video.processedAt ?? video.uploadedAt
                    return .init(votes: video.votes, at: at, id: video.id)
                }
            }
        },
        rule("after the last video of a page the offset is not used") { stage in
            let player = try await stage.addUser()
            let first = try await stage.addOpenVideo(of: player, at: 1)
            let second = try await stage.addOpenVideo(of: player, at: 2)
            let position = PublicVideoQuery.Position(votes: 0, at: stage.time(2), id: second)
            let query = PublicVideoQuery(sort: .new, page: Page(limit: 5, offset: 1), after: position)
            try expectEqual(try await stage.publicVideos(query), [first])
        },
        rule("cities are counted once over all spellings, by key, in their most frequent spelling") { stage in
            for (city, videos) in [("CALI", 1), ("Bogotá", 2), ("Ávila", 1), ("BOGOTA", 1), ("Zipaquirá", 0)] {
                let player = try await stage.addUser(city: city)
                for _ in 0..<videos { _ = try await stage.addOpenVideo(of: player) }
            }
            try expectEqual(
                try await stage.read { try $0.cities() },
                [
                    CityCount(city: "Ávila", videos: 1), CityCount(city: "Bogotá", videos: 3),
                    CityCount(city: "CALI", videos: 1),
                ])
        },
        rule("a player who moves takes their videos and votes to the new city") { stage in
            var player = try await stage.addUser(city: "Cali")
            let open = try await stage.addOpenVideo(of: player)
            let waiting = try await stage.addVideo(of: player)
            player.city = City("Pasto")
            let moved = player
            try await stage.write { try $0.updateUser(moved) }
            try await stage.publish(waiting.id, at: 5)
            let listed = try await stage.publicVideos(PublicVideoQuery(cityKey: "pasto"))
            try expectEqual(Set(listed), [open, waiting.id])
            try expectEqual(try await stage.publicVideos(PublicVideoQuery(cityKey: "cali")), [])
            try expectEqual(try await stage.ranking(cityKey: "pasto").count, 1)
            try expectEqual(try await stage.ranking(cityKey: "cali"), [])
            try expectEqual(try await stage.read { try $0.cities() }, [CityCount(city: "Pasto", videos: 2)])
        },
    ]

    /// Ten videos with many ties, read in pages of three and compared with the whole list.
    private static func checkPages(
        _ stage: DatabaseStage, _ turn: @Sendable (inout PublicVideoQuery, Int, Video?) -> Void
    ) async throws {
        let voters = try await stage.addUsers(3)
        for index in 0..<10 {
            let video = try await stage.addOpenVideo(of: voters[index % 3], at: Double(index / 4))
            for voter in voters.prefix(index % 3) { try await stage.vote(voter, for: video, at: 20) }
        }
        for (sort, cityKey) in [(PublicVideoQuery.Sort.votes, nil), (.new, nil), (.votes, "bogota"), (.new, "bogota")] {
            let whole = try await stage.publicVideos(PublicVideoQuery(cityKey: cityKey, sort: sort))
            try expectEqual(Set(whole).count, 10)
            var listed: [VideoID] = []
            var last: Video?
            for offset in stride(from: 0, to: 12, by: 3) {
                var query = PublicVideoQuery(cityKey: cityKey, sort: sort, page: Page(limit: 3))
                turn(&query, offset, last)
                let page = query
                let videos = try await stage.read { try $0.publicVideos(page).map(\.video) }
                listed += videos.map(\.id)
                last = videos.last
            }
            try expectEqual(listed, whole, "\(sort) in \(cityKey ?? "all cities")")
        }
    }
}
