import ANBCore
import HTTPTypes
import Hummingbird

/// What everyone may see.
struct ShowcaseRoutes: Sendable {
    let showcase: Showcase
    let links: Links

    var all: [Route] {
        [
            Route(
                .get, "/api/public/videos", .anyone,
                Operation("listPublicVideos", .showcase, "Published videos")
                    .with(.city, .sort, .limit(), .offset, .cursor), list),
            Route(
                .get, "/api/public/videos/:id", .anyone,
                Operation("showPublicVideo", .showcase, "A published video"), detail),
            Route(
                .get, "/api/public/rankings", .anyone,
                Operation("listRankings", .showcase, "Players by votes; who reached a count first stands first")
                    .with(.city, .limit(), .offset), ranking),
            Route(
                .get, "/api/public/cities", .anyone,
                Operation("listCities", .showcase, "Cities with published videos"), cities),
        ]
    }

    private func list(_ call: Call) async throws -> Reply<[PublicVideoAnswer]> {
        let query = try Self.query(FormValues(call.request.uri.query ?? ""))
        let videos = try await showcase.videos(query)
        var answer: [PublicVideoAnswer] = []
        for video in videos { answer.append(try await line(video, call.request)) }
        return Reply(
            answer,
            headers: try await Paging.headers(
                call.request, next: Self.next(after: videos, query),
                totalCount: showcase.countVideos(cityKey: query.cityKey)))
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

    private func line(_ entry: PublicVideo, _ request: Request) async throws -> PublicVideoAnswer {
        let publication = entry.video.publication
        return PublicVideoAnswer(
            videoID: entry.video.id, title: entry.video.title, username: entry.username, playerName: entry.playerName,
            city: entry.city, processedURL: try await links.url(forAny: publication?.renditions.first?.key, request),
            thumbnailURL: try await links.url(forAny: publication?.thumbnailKey, request), votes: entry.video.votes)
    }

    private func detail(_ call: Call) async throws -> Reply<PublicVideoAnswer> {
        let video = try await showcase.video(call.identifier("id"))
        return Reply(try await line(video, call.request))
    }

    private func ranking(_ call: Call) async throws -> Reply<[RankingAnswer]> {
        let values = try FormValues(call.request.uri.query ?? "")
        let page = try values.page()
        let answer = try await showcase.ranking(cityKey: values.cityKey(), page: page).map {
            RankingAnswer(position: $0.position, username: $0.username, city: $0.city, votes: $0.votes)
        }
        return Reply(
            answer, headers: try Paging.headers(call.request, next: Paging.next(after: page, count: answer.count)))
    }

    private func cities(_ call: Call) async throws -> Reply<[CityAnswer]> {
        Reply(try await showcase.cities().map { CityAnswer(city: $0.city, videos: $0.videos) })
    }
}
