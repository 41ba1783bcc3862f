import ANBCore
import HTTPTypes

/// What each route must answer to whom. A route without a row fails ``AuthorisationTests``.
struct AuthorisationTable {
    /// Whoever may be at the other end with a token that holds.
    enum Caller: String, CaseIterable, Sendable {
        /// Whose video, task and session it is.
        case owner
        case stranger, jury, moderator, admin
    }

    struct Row: Sendable {
        /// Without a token, and with one that does not hold.
        var anonymous: Int
        var owner: Int
        /// Everybody else, unless named.
        var others: Int
        var named: [Caller: Int] = [:]

        func status(_ caller: Caller) -> Int { named[caller] ?? (caller == .owner ? owner : others) }

        /// The same for everyone; a token changes nothing.
        static func open(_ status: Int) -> Row { Row(anonymous: status, owner: status, others: status) }
        /// Everybody with a token acts for themselves.
        static func own(_ status: Int) -> Row { Row(anonymous: 401, owner: status, others: status) }
        /// Only for whom it belongs to.
        static func owner(_ status: Int, others: Int) -> Row { Row(anonymous: 401, owner: status, others: others) }
        /// Only with a role.
        static func moderators(_ status: Int) -> Row {
            Row(anonymous: 401, owner: 403, others: 403, named: [.moderator: status, .admin: status])
        }
        /// Only with that one.
        static func admins(_ status: Int) -> Row {
            Row(anonymous: 401, owner: 403, others: 403, named: [.admin: status])
        }
    }

    /// By method and path. The requests carry `{}` as JSON, so a body that is let in is a 400, but for the bytes
    /// of an upload, of which some come. The video is published, so its
    /// owner cannot delete it, and waits for no moderator.
    static let rows: [String: Row] = [
        "GET /health": .open(200), "GET /api/health": .open(200), "GET /ready": .open(200),
        "GET /openapi.json": .open(200), "GET /docs": .open(200),
        "GET /": .open(200), "GET /ranking": .open(200), "GET /upload": .open(200), "GET /login": .open(200),
        "GET /signup": .open(200), "GET /mine": .open(200), "GET /moderation": .open(200), "GET /status": .open(200),
        "GET /password": .open(200),
        "GET /videos/:id": .open(200),
        "GET /videos/:id/poster.jpg": .open(302), "GET /assets/:version/:name": .open(404),
        // A signed link is its own permission; this one is not signed.
        "GET /media/**": .open(403), "HEAD /media/**": .open(403),

        "POST /api/auth/signup": .open(400), "POST /api/auth/login": .open(400), "POST /api/auth/refresh": .open(400),
        "GET /auth/api/v1/status": .open(200), "GET /.well-known/jwks.json": .open(200),
        "GET /api/auth/.well-known/jwks.json": .open(200),
        "POST /api/auth/logout": .own(200), "GET /api/auth/sessions": .own(200), "GET /api/auth/me": .own(200),
        "PATCH /api/auth/me": .own(200), "DELETE /api/auth/me": .own(400), "POST /api/auth/me/password": .own(400),
        "GET /api/auth/me/export": .own(200),
        "DELETE /api/auth/sessions/:id": .owner(200, others: 404),

        "POST /api/videos/upload": .own(400), "GET /api/videos": .own(200),
        "GET /api/videos/:id": .owner(200, others: 403), "DELETE /api/videos/:id": .owner(400, others: 403),
        "GET /api/videos/:id/events": .owner(200, others: 403), "GET /api/tasks/:id": .owner(200, others: 403),

        "OPTIONS /api/videos/uploads": .open(204), "OPTIONS /api/videos/uploads/:id": .open(204),
        "POST /api/videos/uploads": .own(400), "POST /api/videos/uploads/:id": .own(405),
        "HEAD /api/videos/uploads/:id": .owner(200, others: 404), "PATCH /api/videos/uploads/:id": .owner(204, others: 404),
        "DELETE /api/videos/uploads/:id": .owner(204, others: 404),
        "POST /api/videos/uploads/:id/complete": .owner(400, others: 404),

        "GET /api/public/videos": .open(200), "GET /api/public/videos/:id": .open(200),
        "GET /api/public/rankings": .open(200), "GET /api/public/cities": .open(200),
        "POST /api/public/videos/:id/vote": .owner(400, others: 200),
        "DELETE /api/public/videos/:id/vote": .own(400), "GET /api/public/my-votes": .own(200),

        "GET /api/moderation/videos": .moderators(200), "POST /api/moderation/videos/:id/publish": .moderators(400),
        "POST /api/moderation/videos/:id/reject": .moderators(400),
        "GET /api/admin/status": .admins(200),
    ]

    /// The row of a route, or of the route that it is another name of.
    static func key(of method: HTTPRequest.Method, _ path: String) -> String {
        var path = path
        if rows["\(method) \(path)"] == nil {
            for prefix in ["/auth/api/v1/", "/auth/"] where path.hasPrefix(prefix) {
                path = "/api/auth/" + path.dropFirst(prefix.count)
                break
            }
        }
        return "\(method) \(path)"
    }
}
