import ANBCore
import ANBTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct PublicRouteTests {
    @Test(arguments: Backing.allCases) func onlyPublishedVideosArePublic(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com", city: "Bogotá")
            let hidden = try await stage.uploadedVideo(of: ana)
            let shown = try await stage.publishedVideo(of: ana)
            let answer = try await stage.get("/api/public/videos")
            #expect(answer.status == 200)
            #expect(answer["x-total-count"] == "1")
            let line = try #require(try answer.list.first)
            #expect(try answer.list.count == 1)
            #expect(
                Set(line.keys) == [
                    "video_id", "title", "username", "player_name", "city", "processed_url", "thumbnail_url", "votes",
                ])
            #expect(line["video_id"] as? String == shown.description)
            #expect(line["player_name"] as? String == "Ana Gómez")
            #expect(!answer.text.contains("ana@example.com"))
            #expect(try await stage.get("/api/public/videos/\(shown)").status == 200)
            for id in [hidden.description, "x", "00000000-0000-0000-0000-000000000000"] {
                try await stage.get("/api/public/videos/\(id)").problem(404)
            }
        }
    }

    /// A stranger cannot make links that others are given point elsewhere, or downgrade them.
    @Test(arguments: [(nil, "http://"), ("127.0.0.0/8", "https://"), ("10.0.0.0/8", "http://")] as [(String?, String)])
    func onlyATrustedProxySaysThatItWasHTTPS(_ trusted: String?, _ start: String) async throws {
        let proxies = try trusted.map { try TrustedProxies($0) } ?? .none
        try await withStage(.memory) {
            $0.transport = .live
            $0.http.trustedProxies = proxies
        } _: { stage in
            let id = try await stage.publishedVideo(of: try await stage.signUp("ana@example.com"))
            let answer = try await stage.get("/api/public/videos/\(id)", headers: [.init("x-forwarded-proto")!: "https"])
            #expect(try answer.string("thumbnail_url").hasPrefix(start), "\(answer.text)")
        }
    }

    @Test(arguments: Backing.allCases) func citiesAreComparedWithoutAccents(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com", city: "Bogotá")
            let bob = try await stage.signUp("bob@example.com", city: "Cali")
            _ = try await stage.publishedVideo(of: ana)
            _ = try await stage.publishedVideo(of: bob)
            #expect(try await stage.get("/api/public/videos?city=BOGOTA").list.count == 1)
            #expect(try await stage.get("/api/public/videos?city=bogot%C3%A1").list.count == 1)
            #expect(try await stage.get("/api/public/videos?city=Nowhere").list.isEmpty)
            #expect(try await stage.get("/api/public/rankings?city=cali").list.map { $0["city"] as? String } == ["Cali"])
            let cities = try await stage.get("/api/public/cities").list
            #expect(cities.compactMap { $0["city"] as? String } == ["Bogotá", "Cali"])
            #expect(cities.compactMap { $0["videos"] as? Int } == [1, 1])
        }
    }

    @Test(arguments: Backing.allCases, ["votes", "new"]) func cursorsLeadThroughEveryVideoOnce(
        backing: Backing, sort: String
    ) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            var ids: [String] = []
            for number in 0..<5 {
                let id = try await stage.publishedVideo(of: ana)
                if number % 2 == 0 { #expect(try await stage.vote(for: id, by: bob).status == 200) }
                ids.append(id.description)
            }
            var (path, seen) = ("/api/public/videos?limit=2&sort=\(sort)&city=Cali", [String]())
            while true {
                let answer = try await stage.get(path)
                #expect(answer.status == 200, "\(answer.text)")
                seen += try answer.list.compactMap { $0["video_id"] as? String }
                guard let next = answer["link"] else { break }
                path = try #require(next.firstMatch(of: /<(.+)>; rel="next"/)).output.1.description
            }
            #expect(seen.count == 5)
            #expect(Set(seen) == Set(ids))
        }
    }

    @Test(arguments: ["sort=best", "cursor=x", "cursor=", "city=%ff", "city=\(String(repeating: "x", count: 101))"])
    func badParametersAreRefused(query: String) async throws {
        try await withStage { stage in
            try await stage.get("/api/public/videos?\(query)").problem(400, code: "invalid_request")
        }
    }

    @Test(arguments: Backing.allCases) func aVoteCountsOnce(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let first = try await stage.vote(for: id, by: bob)
            #expect(first.status == 200)
            #expect(Set(try first.object.keys) == ["message", "video_id", "votes"])
            #expect(try first.integer("votes") == 1)
            try await stage.vote(for: id, by: bob).problem(400, code: "conflict")
            #expect(try await stage.get("/api/public/my-votes", as: bob).text == #"[{"video_id":"\#(id)"}]"#)
            #expect(try await stage.get("/api/public/my-votes", as: ana).text == "[]")
            #expect(try await stage.get("/api/public/videos/\(id)").integer("votes") == 1)
        }
    }

    @Test(arguments: Backing.allCases) func aVoteCanBeTakenBack(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let id = try await stage.publishedVideo(of: ana)
            _ = try await stage.vote(for: id, by: bob)
            let back = try await stage.send(.delete, "/api/public/videos/\(id)/vote", as: bob)
            #expect(back.status == 200)
            #expect(try back.integer("votes") == 0)
            try await stage.send(.delete, "/api/public/videos/\(id)/vote", as: bob).problem(400)
            #expect(try await stage.vote(for: id, by: bob).status == 200)
        }
    }

    @Test(arguments: ["/api/public/rankings", "/api/public/videos", "/api/public/videos?city=Cali&limit=5&sort=new"])
    func aPageIsToldByItsTagAndAVoteChangesIt(path: String) async throws {
        try await withStage { stage in
            let (ana, bob) = (try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"))
            let id = try await stage.publishedVideo(of: ana)
            let first = try await stage.get(path)
            let tag = try #require(first["etag"])
            #expect(first["cache-control"] == "no-cache")
            for held in [tag, "\"other\", \(tag)", "W/\(tag)", "*"] {
                let same = try await stage.get(path, headers: [.ifNoneMatch: held])
                #expect(same.status == 304 && same.text.isEmpty && same["etag"] == tag, "\(held)")
            }
            // The links are signed anew by then, and lead to the same.
            stage.clock.advance(by: .seconds(90))
            #expect(try await stage.get(path, headers: [.ifNoneMatch: tag]).status == 304)

            #expect(try await stage.vote(for: id, by: bob).status == 200)
            let voted = try await stage.get(path, headers: [.ifNoneMatch: tag])
            #expect(voted.status == 200)
            #expect(try voted.list.first?["votes"] as? Int == 1)
            #expect(voted["etag"] != tag)
            _ = try await stage.send(.delete, "/api/public/videos/\(id)/vote", as: bob)
            #expect(try await stage.get(path).list.first?["votes"] as? Int == 0)
        }
    }

    @Test func linksOfAListAreNewBeforeTheyAreOld() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            _ = try await stage.publishedVideo(of: ana)
            let life = stage.contest.rules.limits.signedURLSeconds
            var tag: String?
            for _ in 0..<20 {
                let answer = try await stage.get("/api/public/videos", headers: tag.map { [.ifNoneMatch: $0] } ?? [:])
                if answer.status == 200 { tag = answer["etag"] }
                stage.clock.advance(by: .seconds(life / 20))
            }
            let last = try await stage.get("/api/public/videos", headers: [.ifNoneMatch: try #require(tag)])
            let held = last.status == 304 ? try await stage.get("/api/public/videos") : last
            let url = try #require(try held.list.first?["processed_url"] as? String)
            let path = try #require(url.firstRange(of: "/media/").map { String(url[$0.lowerBound...]) })
            stage.clock.advance(by: .seconds(life / 3))
            #expect(try await stage.get(path).status == 200)
        }
    }

    @Test func aNewNameAndAnotherCityAreSeenAtOnce() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com", city: "Cali")
            _ = try await stage.publishedVideo(of: ana)
            #expect(try await stage.get("/api/public/rankings?city=pasto").list.isEmpty)
            #expect(try await stage.get("/api/public/videos").list.first?["city"] as? String == "Cali")
            let change = ByteBuffer(string: #"{"city":"Pasto"}"#)
            let answer = try await stage.send(.patch, "/api/auth/me", as: ana, type: "application/json", body: change)
            #expect(answer.status == 200)
            #expect(try await stage.get("/api/public/rankings?city=PASTO").list.count == 1)
            #expect(try await stage.get("/api/public/videos").list.first?["city"] as? String == "Pasto")
        }
    }

    @Test(arguments: Backing.allCases) func votesThatAreNotAllowed(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let published = try await stage.publishedVideo(of: ana)
            let queued = try await stage.uploadedVideo(of: ana)
            try await stage.vote(for: published, by: ana).problem(400, code: "invalid_request")
            try await stage.vote(for: queued, by: bob).problem(404)
            try await stage.send(.post, "/api/public/videos/\(published)/vote").problem(401)
            try await stage.send(.post, "/api/public/videos/x/vote", as: bob).problem(404)
            try await stage.send(.post, "/api/public/videos/00000000-0000-0000-0000-000000000000/vote", as: bob).problem(404)
            try await stage.get("/api/public/my-votes").problem(401)
            #expect(try await stage.get("/api/public/videos/\(published)").integer("votes") == 0)
        }
    }

    @Test(arguments: Backing.allCases) func theRankingHasOneLineForEachPlayer(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com", firstName: "Ana")
            let bob = try await stage.signUp("bob@example.com", firstName: "Bob")
            let eve = try await stage.signUp("eve@example.com", firstName: "Eve")
            let (one, two) = (try await stage.publishedVideo(of: ana), try await stage.publishedVideo(of: ana))
            let three = try await stage.publishedVideo(of: bob)
            for (id, voter) in [(one, bob), (two, bob), (two, eve), (three, eve)] {
                stage.clock.advance(by: .seconds(1))
                #expect(try await stage.vote(for: id, by: voter).status == 200)
            }
            let answer = try await stage.get("/api/public/rankings")
            let list = try answer.list
            #expect(Set(list[0].keys) == ["position", "username", "city", "votes"])
            #expect(list.compactMap { $0["username"] as? String } == ["ana.gomez", "bob.gomez"])
            #expect(list.compactMap { $0["votes"] as? Int } == [3, 1])
            #expect(list.compactMap { $0["position"] as? Int } == [1, 2])
            let second = try await stage.get("/api/public/rankings?limit=1&offset=1")
            #expect(try second.list.compactMap { $0["position"] as? Int } == [2])
        }
    }
}

extension Stage {
    func vote(for id: VideoID, by person: Person) async throws -> Answer {
        try await send(.post, "/api/public/videos/\(id)/vote", as: person)
    }
}
