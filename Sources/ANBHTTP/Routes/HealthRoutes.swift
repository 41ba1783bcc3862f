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
            alive, alive.alias("/api/health"),
            Route(
                .get, "/ready", .anyone,
                Operation("showReadiness", .service, "Whether what this process depends on answers, a line for each"),
                success: Self.readiness, ready),
        ]
    }

    private var alive: Route {
        Route(.get, "/health", .anyone, Operation("showHealth", .service, "Whether the process lives")) { _ in
            Reply(HealthAnswer())
        }
    }

    private static let readiness = Route.Success(
        status: .ok, mediaType: "application/json", name: "Readiness",
        shape: Shape(
            schema: ["type": "object", "additionalProperties": ["type": "string"]],
            example: ["database": "ok", "queue": "ok", "storage": "ok"]),
        otherStatuses: [.serviceUnavailable])

    /// Every check at the same time; one line for each dependency.
    private func ready(_: Call) async throws -> Response {
        let states = await withTaskGroup(of: (String, String).self) { group in
            for check in checks { group.addTask { (check.name, await check.state()) } }
            return await group.reduce(into: [String: String]()) { $0[$1.0] = $1.1 }
        }
        let isReady = states.values.allSatisfy { $0 == BoundedCheck.ok }
        return try JSONAnswer.lines(states, status: isReady ? .ok : .serviceUnavailable)
    }
}
