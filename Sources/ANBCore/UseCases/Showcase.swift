/// What everyone sees: the published videos, and the ranking by city.
public struct Showcase: Sendable {
    let database: any Database

    /// Published videos, and how many there are on all pages, at one moment.
    /// - Throws: `invalidRequest` when the page is out of range.
    public func videosAndCount(_ query: PublicVideoQuery) async throws -> ([PublicVideo], count: Int) {
        try query.page.check()
        return try await database.read { (try $0.publicVideos(query), try $0.countPublicVideos(cityKey: query.cityKey)) }
    }

    /// - Throws: `notFound` when it is not published.
    public func video(_ id: VideoID) async throws -> PublicVideo {
        guard let video = try await database.read({ try $0.publicVideo(id) }) else {
            throw ANBError(.notFound, "There is no such video.")
        }
        return video
    }

    /// One line per player.
    /// - Throws: `invalidRequest` when the page is out of range.
    public func ranking(cityKey: String?, page: Page) async throws -> [RankingEntry] {
        try page.check()
        return try await database.read { try $0.ranking(cityKey: cityKey, page: page) }
    }

    /// Cities with published videos.
    public func cities() async throws -> [CityCount] {
        try await database.read { try $0.cities() }
    }
}
