import ANBCore
import HTTPTypes

/// How the platform is doing, for its admins.
struct AdminRoutes: Sendable {
    static let statusPath = "/api/admin/status"

    let status: StatusReading

    var all: [Route] {
        [
            Route(
                .get, Self.statusPath, .having([.admin]),
                Operation("showStatus", .service, "Backlog, time to publish, failures and workers; for admins")
            ) { _ in Reply(try await status.read()) }
        ]
    }
}
