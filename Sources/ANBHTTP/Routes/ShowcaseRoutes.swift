import ANBCore
import HTTPTypes
import Hummingbird

/// What everyone may see.
struct ShowcaseRoutes: Sendable {
    private static let (listPath, rankingPath) = ("/api/public/videos", "/api/public/rankings")

    let showcase: Showcase
    let links: Links
    let boards: BoardCache<BoardPage>
    /// Seconds that the links of a list work.
    let linkSeconds: Int64
    let clock: any WallClock

    var all: [Route] {
        [
            .board(
                Self.listPath,
                Operation("listPublicVideos", .showcase, "Published videos")
                    .with(.city, .sort, .limit(), .offset, .cursor), as: [PublicVideoAnswer].self, list),
            Route(
                .get, "/api/public/videos/:id", .anyone,
                Operation("showPublicVideo", .showcase, "A published video"), detail),
            .board(
                Self.rankingPath,
                Operation("listRankings", .showcase, "Players by votes; who reached a count first stands first")
                    .with(.city, .limit(), .offset), as: [RankingAnswer].self, ranking),
            Route(
                .get, "/api/public/cities", .anyone,
                Operation("listCities", .showcase, "Cities with published videos"), cities),
        ]
    }

    // MARK: - Videos

    private func list(_ call: Call) async throws -> BoardPage {
        let values = try FormValues(call.request.uri.query ?? "")
        let query = try Self.query(values)
        let base = links.base(for: call)
        let own = FormValues(["sort": query.sort.rawValue].merging(query.cityKey.map { ["city": $0] } ?? [:]) { $1 })
        let key = "videos \(base) \(own.encoded) \(query.page.limit) \(query.page.offset) \(values["cursor"] ?? "")"
        return try await boards.page(key, byteCount: \.byteCount) { try await page(query, own, base: base) }
    }

    private func page(_ query: PublicVideoQuery, _ own: FormValues, base: String) async throws -> BoardPage {
        let (videos, count) = try await showcase.videosAndCount(query)
        var answer: [PublicVideoAnswer] = []
        for video in videos { answer.append(try await line(video, base: base)) }
        let headers = Paging.headers(path: Self.listPath, own, next: Self.next(after: videos, query), totalCount: count)
        return try BoardPage(answer, content: content(videos, base: base), headers: headers)
    }

    /// The links differ each time they are signed. A client may go on with those it has for half of their life.
    private func content(_ videos: [PublicVideo], base: String) -> String {
        let period = clock.now.seconds / max(1, linkSeconds / 2)
        let lines = videos.map { entry in
            let video = entry.video
            return "\(video.id)\n\(video.title)\n\(entry.username)\n\(entry.playerName)\n\(entry.city)\n\(video.votes)"
        }
        return "\(period)\n\(base)\n\(lines.joined(separator: "\n"))"
    }

    private static func query(_ values: FormValues) throws -> PublicVideoQuery {
        let sort = try sort(values["sort"])
        return PublicVideoQuery(
            cityKey: try values.cityKey(), sort: sort, page: try values.page(),
            after: try values["cursor"].map { try PageCursor($0, sort: sort).position })
    }

    private static func sort(_ text: String?) throws -> PublicVideoQuery.Sort {
        guard let text else { return .votes }
        guard let sort = PublicVideoQuery.Sort(rawValue: text) else {
            throw ANBError(.invalidRequest, "sort must be votes or new.")
        }
        return sort
    }

    private static func next(after videos: [PublicVideo], _ query: PublicVideoQuery) -> [String: String]? {
        guard videos.count == query.page.limit, let last = videos.last?.video else { return nil }
        return ["limit": String(query.page.limit), "cursor": PageCursor(after: last, sort: query.sort).text]
    }

    private func line(_ entry: PublicVideo, base: String) async throws -> PublicVideoAnswer {
        let publication = entry.video.publication
        return PublicVideoAnswer(
            videoID: entry.video.id, title: entry.video.title, username: entry.username, playerName: entry.playerName,
            city: entry.city, processedURL: try await links.url(forAny: publication?.renditions.first?.key, base: base),
            thumbnailURL: try await links.url(forAny: publication?.thumbnailKey, base: base), votes: entry.video.votes)
    }

    private func detail(_ call: Call) async throws -> Reply<PublicVideoAnswer> {
        let video = try await showcase.video(call.identifier("id"))
        return Reply(try await line(video, base: links.base(for: call)))
    }

    // MARK: - Players

    private func ranking(_ call: Call) async throws -> BoardPage {
        let values = try FormValues(call.request.uri.query ?? "")
        let (page, cityKey) = (try values.page(), try values.cityKey())
        let key = "ranking \(page.limit) \(page.offset) \(cityKey ?? "")"
        return try await boards.page(key, byteCount: \.byteCount) {
            let answer = try await showcase.ranking(cityKey: cityKey, page: page).map {
                RankingAnswer(position: $0.position, username: $0.username, city: $0.city, votes: $0.votes)
            }
            let next = Paging.next(after: page, count: answer.count)
            let own = FormValues(cityKey.map { ["city": $0] } ?? [:])
            return try BoardPage(answer, headers: Paging.headers(path: Self.rankingPath, own, next: next))
        }
    }

    private func cities(_ call: Call) async throws -> Reply<[CityAnswer]> {
        Reply(try await showcase.cities().map { CityAnswer(city: $0.city, videos: $0.videos) })
    }
}
