/// A published video as the public sees it.
public struct PublicVideo: Hashable, Sendable {
    public var video: Video
    public var username: String
    public var playerName: String
    public var city: String

    public init(video: Video, username: String, playerName: String, city: String) {
        self.video = video
        self.username = username
        self.playerName = playerName
        self.city = city
    }
}

/// One line of the ranking: a player and the votes of all their published videos.
public struct RankingEntry: Hashable, Sendable {
    /// 1 is first.
    public var position: Int
    public var username: String
    public var city: String
    public var votes: Int

    public init(position: Int, username: String, city: String, votes: Int) {
        self.position = position
        self.username = username
        self.city = city
        self.votes = votes
    }
}

/// A city that has published videos.
public struct CityCount: Hashable, Sendable {
    public var city: String
    public var videos: Int

    public init(city: String, videos: Int) {
        self.city = city
        self.videos = videos
    }
}

/// Which published videos, in which order.
public struct PublicVideoQuery: Hashable, Sendable {
    public enum Sort: String, Hashable, Sendable, CaseIterable {
        /// Most votes first; ties go to who reached the count first, then the smaller id.
        case votes
        /// Latest published first; ties go to the larger id.
        case new
    }

    /// The last video of the page before, in the query's order.
    public struct Position: Hashable, Sendable {
        public var votes: Int
        /// `votesReachedAt` or `processedAt`, by the sort.
        public var at: Timestamp
        public var id: VideoID

        public init(votes: Int, at: Timestamp, id: VideoID) {
            self.votes = votes
            self.at = at
            self.id = id
        }
    }

    /// ``City/key``; `nil` is every city.
    public var cityKey: String?
    public var sort: Sort
    public var page: Page
    /// When set, the page starts after this video and `page.offset` is not used.
    public var after: Position?

    public init(cityKey: String? = nil, sort: Sort = .votes, page: Page = Page(), after: Position? = nil) {
        self.cityKey = cityKey
        self.sort = sort
        self.page = page
        self.after = after
    }
}

/// A part of a list.
public struct Page: Hashable, Sendable {
    /// 1…``Limits/pageSizeMax``.
    public var limit: Int
    /// 0 or more.
    public var offset: Int

    public init(limit: Int = 20, offset: Int = 0) {
        self.limit = limit
        self.offset = offset
    }
}
