import ANBCore
import Hummingbird

/// Whether the process lives, and whether it can work.
struct HealthRoutes: Sendable {
    static let paths: Set = ["/health", "/api/health", "/ready"]

    private let checks: [BoundedCheck]

    init(readiness: Readiness, limits: EdgeLimits, clock: any WallClock) {
        checks = readiness.checks.map { BoundedCheck($0, limit: .seconds(limits.readinessSecondsMax), clock: clock) }
    }

    var all: [Route] {
        [
            Route(.get, "/health") { _ in try Self.alive() },
            Route(.get, "/api/health") { _ in try Self.alive() },
            Route(.get, "/ready") { _ in try await ready() },
        ]
    }

    static func alive() throws -> Response { try JSONAnswer.response(["status": "ok"]) }

    /// Every check at the same time; one line for each dependency.
    private func ready() async throws -> Response {
        let states = await withTaskGroup(of: (String, String).self) { group in
            for check in checks { group.addTask { (check.name, await check.state()) } }
            return await group.reduce(into: [String: String]()) { $0[$1.0] = $1.1 }
        }
        let isReady = states.values.allSatisfy { $0 == BoundedCheck.ok }
        return try JSONAnswer.lines(states, status: isReady ? .ok : .serviceUnavailable)
    }
}
