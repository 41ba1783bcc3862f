import ANBCore
@testable import ANBHTTP
import ANBTesting
import Testing

@Suite struct HealthRouteTests {
    @Test(arguments: ["/health", "/api/health"]) func aliveIsAlive(path: String) async throws {
        try await withStage { stage in
            let answer = try await stage.get(path)
            #expect(answer.status == 200)
            #expect(answer.text == #"{"status":"ok"}"#)
        }
    }

    @Test(arguments: Backing.allCases) func readyNamesEachDependency(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let answer = try await stage.get("/ready")
            #expect(answer.status == 200)
            #expect(try answer.object as? [String: String] == ["database": "ok", "storage": "ok"])
        }
    }

    @Test func oneThatIsDownMakesItUnready() async throws {
        let checks = [
            Readiness.Check(name: "database") { throw ANBError.unavailable("host db-7 refused") },
            Readiness.Check(name: "storage") { throw HealthFailure() }, Readiness.Check(name: "queue") {},
        ]
        try await withStage(.memory) { $0.readiness = Readiness(checks: checks) } _: { stage in
            let answer = try await stage.get("/ready")
            #expect(answer.status == 503)
            #expect(try answer.object as? [String: String] == ["database": "unavailable", "storage": "failed", "queue": "ok"])
            #expect(!answer.text.contains("db-7"))
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test func oneThatHangsIsGivenUp() async throws {
        let checks = [
            Readiness.Check(name: "database") { try await Task.sleep(for: .seconds(3600)) }, Readiness.Check(name: "queue") {},
        ]
        try await withStage(.memory) { $0.readiness = Readiness(checks: checks) } _: { stage in
            async let answer = stage.get("/ready")
            try await stage.clock.waitForSleepers(1)
            stage.clock.advance(by: .seconds(2))
            #expect(try await answer.object as? [String: String] == ["database": "unavailable", "queue": "ok"])
        }
    }

    private struct HealthFailure: Error {}
}
