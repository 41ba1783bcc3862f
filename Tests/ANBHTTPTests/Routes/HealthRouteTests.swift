import ANBCore
import ANBTesting
import Synchronization
import Testing

@testable import ANBHTTP

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
        try await withStage(.memory) {
            $0.readiness = Readiness(checks: checks)
        } _: { stage in
            let answer = try await stage.get("/ready")
            #expect(answer.status == 503)
            #expect(try answer.object as? [String: String] == ["database": "unavailable", "storage": "failed", "queue": "ok"])
            #expect(!answer.text.contains("db-7"))
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test func aProcessThatIsAboutToEndIsUnready() async throws {
        let draining = Draining()
        try await withStage(.memory) {
            $0.readiness = Readiness(checks: [Readiness.check(draining)])
        } _: { stage in
            let before = try await stage.get("/ready")
            #expect(before.status == 200)
            draining.begin()
            let after = try await stage.get("/ready")
            #expect(after.status == 503)
            #expect(try after.object as? [String: String] == ["process": "unavailable"])
            #expect(try await stage.get("/api/public/rankings").status == 200)
        }
    }

    /// A check that no cancellation reaches, as a blocked disk is.
    @Test func oneThatHangsIsGivenUpAndNotStartedAgain() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let starts = Mutex(0)
        let hanging = Readiness.Check(name: "database") {
            starts.withLock { $0 += 1 }
            await Task { for await _ in gate.stream {} }.value
        }
        try await withStage(.memory) {
            $0.readiness = Readiness(checks: [hanging])
        } _: { stage in
            for _ in 0..<2 {
                async let answer = stage.get("/ready")
                try await stage.clock.waitForSleepers(1)
                stage.clock.advance(by: .seconds(2))
                let states = try await answer.object as? [String: String]
                #expect(states == ["database": "no answer"])
            }
            #expect(starts.withLock { $0 } == 1)
            gate.continuation.finish()
        }
    }

    @Test func everyDependencyHasItsLine() async throws {
        try await withStage { stage in
            let lines = try await stage.get("/ready").text.split(separator: "\n")
            #expect(lines.count { $0.contains("\"ok\"") } == 2)
        }
    }

    private struct HealthFailure: Error {}
}
