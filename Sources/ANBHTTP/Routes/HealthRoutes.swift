import ANBCore
import HTTPTypes
import Hummingbird

/// Whether the process lives, and whether it can work.
struct HealthRoutes: Sendable {
    let readiness: Readiness
    let limits: EdgeLimits
    let clock: any WallClock

    var all: [Route] {
        [
            Route(.get, "/health") { _ in try Self.alive() },
            Route(.get, "/api/health") { _ in try Self.alive() },
            Route(.get, "/ready") { _ in try await ready() },
        ]
    }

    static func alive() throws -> Response { try JSONAnswer.response(["status": "ok"]) }

    private func ready() async throws -> Response {
        let states = await readiness.states(limit: .seconds(limits.readinessSecondsMax), clock: clock)
        let isReady = states.allSatisfy { $0.value == "ok" }
        return try JSONAnswer.response(
            Dictionary(uniqueKeysWithValues: states), status: isReady ? .ok : .serviceUnavailable)
    }
}

extension Readiness {
    /// Runs every check at the same time.
    /// - Returns: `ok`, or what anyone may know about why not.
    func states(limit: Duration, clock: any WallClock) async -> [(key: String, value: String)] {
        await withTaskGroup(of: (key: String, value: String).self) { group in
            for check in checks {
                group.addTask { (check.name, await Self.state(check, limit: limit, clock: clock)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func state(_ check: Check, limit: Duration, clock: any WallClock) async -> String {
        do {
            try await withTimeout(limit, clock: clock, doing: "the check of \(check.name)", check.run)
            return "ok"
        } catch let error as ANBError {
            return error.code.description
        } catch {
            return "failed"
        }
    }
}
