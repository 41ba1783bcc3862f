/// A published video as the public sees it.
public struct PublicVideo: Hashable, Sendable {
    /// The video, which is published.
    public var video: Video
    /// Its player's public name.
    public var username: String
    /// First and last name.
    public var playerName: String
    /// As the player wrote it.
    public var city: String

    /// A published video beside its player.
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
    /// The player's public name.
    public var username: String
    /// As the player wrote it.
    public var city: String
    /// Of all the player's published videos together.
    public var votes: Int

    /// One line of the ranking.
    public init(position: Int, username: String, city: String, votes: Int) {
        self.position = position
        self.username = username
        self.city = city
        self.votes = votes
    }
}

/// A city that has published videos.
public struct CityCount: Hashable, Sendable {
    /// As most of its videos have it written.
    public var city: String
    /// Published ones.
    public var videos: Int

    /// One city of the list.
    public init(city: String, videos: Int) {
        self.city = city
        self.videos = videos
    }
}

/// Which published videos, in which order.
public struct PublicVideoQuery: Hashable, Sendable {
    /// The order of a list of published videos.
    public enum Sort: String, Hashable, Sendable, CaseIterable {
        /// Most votes first; ties go to who reached the count first, then the smaller id.
        case votes
        /// Latest published first; ties go to the larger id.
        case new
    }

    /// The last video of the page before, in the query's order.
    public struct Position: Hashable, Sendable {
        /// Of the last video seen.
        public var votes: Int
        /// `votesReachedAt` or `processedAt`, by the sort.
        public var at: Timestamp
        /// The last video seen.
        public var id: VideoID

        /// The place behind one video.
        public init(votes: Int, at: Timestamp, id: VideoID) {
            self.votes = votes
            self.at = at
            self.id = id
        }
    }

    /// ``City/key``; `nil` is every city.
    public var cityKey: String?
    /// The order.
    public var sort: Sort
    /// How many, and from where.
    public var page: Page
    /// When set, the page starts after this video and `page.offset` is not used.
    public var after: Position?

    /// Everything, with the most votes first, unless told otherwise.
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

    /// A page that `check()` has yet to look at.
    public init(limit: Int = 20, offset: Int = 0) {
        self.limit = limit
        self.offset = offset
    }
}
