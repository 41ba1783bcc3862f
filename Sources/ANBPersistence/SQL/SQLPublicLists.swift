import ANBCore

extension SQLScope {
    func publicVideos(_ query: PublicVideoQuery) throws -> [PublicVideo] {
        let select = PublicVideoSelect(query)
        return try all(select.sql, select.values, PublicVideo.init)
    }

    func publicVideo(_ id: VideoID) throws -> PublicVideo? {
        try first("\(PublicVideoSelect.fromOpenVideos) AND v.id = ?1", [id], PublicVideo.init)
    }

    func countPublicVideos(cityKey: String?) throws -> Int {
        let open = "SELECT COUNT(*) FROM videos v WHERE \(Self.isOpen)"
        guard let cityKey else { return try count(open) }
        return try count("\(open) AND v.city_key = ?1", [cityKey])
    }

    func videosToReview(page: Page) throws -> [PublicVideo] {
        let list = """
            \(PublicVideoSelect.fromVideos) WHERE \(Self.isWaiting)
            ORDER BY v.processed_at, v.id LIMIT ?1 OFFSET ?2
            """
        return try all(list, [page.limit, page.offset], PublicVideo.init)
    }

    func countVideosToReview() throws -> Int { try count("SELECT COUNT(*) FROM videos v WHERE \(Self.isWaiting)") }

    /// Which videos wait for a moderator; a partial index repeats it.
    private static let isWaiting = "v.status = 'pending_review' AND v.deleted_at IS NULL"

    func ranking(cityKey: String?, page: Page) throws -> [RankingEntry] {
        var values: [(any SQLBindable)?] = [page.limit, page.offset]
        if let cityKey { values.append(cityKey) }
        var position = page.offset
        return try all(Self.ranking(inCity: cityKey != nil), values) { row in
            position += 1
            return RankingEntry(
                position: position, username: try row.text(), city: try row.text(), votes: try row.int())
        }
    }

    func cities() throws -> [CityCount] {
        let counts = """
            SELECT u.city, CAST(SUM(t.videos) AS BIGINT) FROM player_tallies t JOIN users u ON u.id = t.user_id
            GROUP BY u.city
            """
        return CityCount.merged(try all(counts) { (City(try $0.text()), try $0.int()) })
    }

    static func ranking(inCity: Bool) -> String {
        // The page's players first: what an offset skips costs a step in the index and no look at a person.
        """
        SELECT u.username, u.city, t.votes FROM (
            SELECT user_id, votes, reached_at FROM player_tallies \(inCity ? "WHERE city_key = ?3" : "")
            ORDER BY votes DESC, reached_at, user_id LIMIT ?1 OFFSET ?2
        ) t JOIN users u ON u.id = t.user_id
        ORDER BY t.votes DESC, t.reached_at, t.user_id
        """
    }
}

/// The statement behind the public list. Continuing after a video names the leading column alone first, so that the
/// index is entered at that place.
struct PublicVideoSelect {
    static let fromVideos = """
        SELECT \(SQLScope.videoColumns), u.username, u.first_name, u.last_name, u.city
        FROM videos v JOIN users u ON u.id = v.owner_id
        """
    static let fromOpenVideos = "\(fromVideos) WHERE \(SQLScope.isOpen)"

    private(set) var sql = Self.fromOpenVideos
    private(set) var values: [(any SQLBindable)?] = []

    init(_ query: PublicVideoQuery) {
        if let cityKey = query.cityKey { sql += " AND v.city_key = \(bind(cityKey))" }
        if let last = query.after { sql += " AND " + following(last, in: query.sort) }
        switch query.sort {
        case .votes: sql += " ORDER BY v.votes DESC, v.votes_reached_at, v.id"
        case .new: sql += " ORDER BY v.processed_at DESC, v.id DESC"
        }
        sql += " LIMIT \(bind(query.page.limit))"
        if query.after == nil { sql += " OFFSET \(bind(query.page.offset))" }
    }

    private mutating func following(_ last: PublicVideoQuery.Position, in sort: PublicVideoQuery.Sort) -> String {
        let (at, id) = (bind(last.at), bind(last.id))
        switch sort {
        case .new: return "v.processed_at <= \(at) AND (v.processed_at < \(at) OR v.id < \(id))"
        case .votes:
            let votes = bind(last.votes)
            return """
                v.votes <= \(votes) AND (v.votes < \(votes) OR v.votes_reached_at > \(at)
                    OR (v.votes_reached_at = \(at) AND v.id > \(id)))
                """
        }
    }

    private mutating func bind(_ value: any SQLBindable) -> String {
        values.append(value)
        return "?\(values.count)"
    }
}

extension PublicVideo {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            video: try Video(row: &row), username: try row.text(),
            playerName: "\(try row.text()) \(try row.text())", city: try row.text())
    }
}
