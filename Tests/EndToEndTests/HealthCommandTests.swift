import ANBTesting
import Foundation
import Testing

/// What the health check of a container runs.
@Suite(.timeLimit(.minutes(2))) struct HealthCommandTests {
    @Test func aServerThatAnswersAndOneThatDoesNot() async throws {
        try await StartErrorsProgram.inFolder { program in
            let server = try ServerProcess(folder: program.folder)
            let settings = ["PORT": "\(server.port)", "HOST": "0.0.0.0"]
            let before = try await program.run(["anb-api", "health"], settings)
            #expect(before.code == 75)
            #expect(before.standardError.contains("http://127.0.0.1:\(server.port)/health does not answer: Connection refused\n"))
            try await server.start()
            let alive = try await program.run(["anb-api", "health"], settings)
            #expect(alive.code == 0, "\(alive)")
            #expect(alive.standardError.isEmpty)
            #expect(server.terminate() == 0)
        }
    }

    @Test func aWorkerThatMovesAndOneThatHangs() async throws {
        try await StartErrorsProgram.inFolder { program in
            func health() async throws -> Command.Ending { try await program.run(["anb-worker", "health"]) }
            let sign = program.folder.appendingPathComponent("worker.alive")
            let worker = try ServerProcess(folder: program.folder)
            #expect(try await health().standardError.contains("no anb-worker is at work on this folder"))
            try await worker.startWorker()
            defer { worker.kill() }
            try await waitUntilAlive(sign)
            let alive = try await health()
            #expect(alive.code == 0 && alive.standardError.isEmpty, "\(alive)")

            // It stands still, and a minute is over.
            worker.send(SIGSTOP)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -61)], ofItemAtPath: sign.path)
            let hanging = try await health()
            #expect(hanging.code == 75)
            #expect(hanging.standardError.contains("the worker does not move"), "\(hanging)")

            worker.send(SIGCONT)
            try await waitUntilAlive(sign)
            #expect(try await health().code == 0)
            #expect(worker.terminate() == 0)
            #expect(!FileManager.default.fileExists(atPath: sign.path), "nobody is taken for alive who ended")
        }
    }

    /// At most 30 s.
    private func waitUntilAlive(_ sign: URL) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let date = try? FileManager.default.attributesOfItem(atPath: sign.path)[.modificationDate] as? Date
            if let date, date.timeIntervalSinceNow > -30 { return }
            try expect(ContinuousClock.now < deadline, "the worker gives no sign of life")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
