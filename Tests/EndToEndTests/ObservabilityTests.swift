import ANBTesting
import AWSTestServer
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import RedisTestServer
import Testing

/// One upload, as the processes' logs, metrics and traces tell of it, and the files of `Deploy/observability` against that.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ObservabilityTests {
    private static let files = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Deploy/observability")

    @Test func alertRulesAreRaisedWhenTheyShouldBe() async throws {
        let tests = Self.files.appendingPathComponent("alerts.test.yml").path
        let ending = try await Command.run(["/usr/bin/env", "promtool", "test", "rules", tests])
        #expect(ending.code == 0, "\(ending.standardOutput)\(ending.standardError)")
        let rules = try String(contentsOf: Self.files.appendingPathComponent("alerts.yml"), encoding: .utf8)
        let cases = try String(contentsOfFile: tests, encoding: .utf8)
        let names = rules.split(separator: "\n").compactMap { $0.split(separator: "- alert: ").last }.filter {
            $0.hasPrefix("Anb")
        }
        #expect(names.count > 10)
        for name in names {
            #expect(cases.contains("name: \(name) is raised") && cases.contains("name: \(name) stays quiet"), "\(name)")
        }
    }

    @Test func oneUploadFromClickToPublished() async throws {
        let collector = FakeEndpoint([.init(200, "{}")])
        try await collector.listening { collectorURL in
            let installation = try ObservedInstallation(collector: collectorURL)
            defer { installation.end() }
            try await installation.start()
            let id = "click-\(UUID().uuidString)"
            let video = try await installation.publish(correlationID: id)
            checkLogs(installation, id, video)
            try await checkSpans(collector, id)
            let exported = try await installation.scrape()
            try await checkMetrics(exported)
            try await checkPrometheus(installation, exported)
            #expect(installation.api.terminate() == 0 && installation.worker.terminate() == 0)
            checkEmbedded(installation)
        }
    }

    // MARK: - Logs

    private func checkLogs(_ installation: ObservedInstallation, _ id: String, _ video: String) {
        let messages = [installation.api, installation.worker].map { process in
            process.log.split(separator: "\n").compactMap { line in
                try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            }.filter { $0["correlation_id"] as? String == id }.compactMap { $0["message"] as? String }
        }
        #expect(messages[0].contains("request"), "the API's lines: \(messages[0])")
        #expect(messages[1].contains("the run begins") && messages[1].contains("the run has ended"), "\(messages[1])")
    }

    /// The lines for CloudWatch, among the log's.
    private func checkEmbedded(_ installation: ObservedInstallation) {
        let lines = installation.worker.log.split(separator: "\n").compactMap { line in
            try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.filter { $0["_aws"] != nil }
        #expect(lines.compactMap { $0["anb_job_runs_total"] as? Double }.reduce(0, +) >= 1)
        #expect(lines.allSatisfy { $0["Service"] as? String == "anb-worker" })
    }

    // MARK: - Traces

    private struct Sent: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Span: Decodable {
            let traceId, spanId, name: String
            let parentSpanId: String?
            let attributes: [Attribute]
        }
        struct Attribute: Decodable {
            struct Value: Decodable { let stringValue: String? }
            let key: String
            let value: Value
        }
        let resourceSpans: [Resource]
    }

    private func checkSpans(_ collector: FakeEndpoint, _ id: String) async throws {
        func spans() throws -> [Sent.Span] {
            try collector.questions.flatMap {
                try JSONDecoder().decode(Sent.self, from: Data($0.body.utf8)).resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans)
            }
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while try !spans().contains(where: { $0.name == "job video.process" }) {
            try expect(ContinuousClock.now < deadline, "no span of the job came within 20 s")
            try await Task.sleep(for: .milliseconds(50))
        }
        let all = try spans()
        let request = try require(
            all.first { span in span.attributes.contains { $0.key == "anb.correlation_id" && $0.value.stringValue == id } })
        let trace = Dictionary(all.filter { $0.traceId == request.traceId }.map { ($0.name, $0) }) { $1 }
        let expected = [
            "POST /api/videos/upload", "accept upload", "job video.process", "downloading", "probing", "transcoding", "uploading",
        ]
        for name in expected { #expect(trace[name] != nil, "\(name) in \(trace.keys.sorted())") }
        #expect(trace["accept upload"]?.parentSpanId == trace["POST /api/videos/upload"]?.spanId)
        #expect(trace["job video.process"]?.parentSpanId == trace["accept upload"]?.spanId)
        #expect(trace["transcoding"]?.parentSpanId == trace["job video.process"]?.spanId)
    }

    // MARK: - Metrics

    /// Every metric that a rule or a panel names is one that the processes export.
    private func checkMetrics(_ exported: String) async throws {
        let names = Set(
            exported.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0.prefix { $0 != "{" && $0 != " " }) })
        var wanted: Set<String> = []
        for file in ["alerts.yml", "dashboard.json", "alerts.test.yml"] {
            let text = try String(contentsOf: Self.files.appendingPathComponent(file), encoding: .utf8)
            wanted.formUnion(text.matches(of: /\b(anb|process)_[a-z_]+/).map { String($0.output.0) })
        }
        #expect(wanted.count > 20)
        #expect(wanted.subtracting(names).isEmpty, "missing: \(wanted.subtracting(names).sorted())")
        let published = names.filter { $0.hasPrefix("anb_") }.map { $0.replacing(/_(bucket|sum|count)$/, with: "") }
        let dashboard = try String(contentsOf: Self.files.appendingPathComponent("dashboard.json"), encoding: .utf8)
        for name in Set(published) { #expect(dashboard.contains(name), "no panel shows \(name)") }
    }

    // MARK: - Prometheus

    private func checkPrometheus(_ installation: ObservedInstallation, _ exported: String) async throws {
        let prometheus = try Prometheus(
            in: installation.folder, rules: Self.files.appendingPathComponent("alerts.yml"),
            targets: ["anb-api": installation.apiMetrics, "anb-worker": installation.workerMetrics])
        defer { prometheus.end() }
        try await prometheus.waitUntilItHas(targets: 2)
        let rules = try await prometheus.rules()
        #expect(rules.count > 10 && rules.allSatisfy { $0.health == "ok" }, "\(rules)")
        let data = try Data(contentsOf: Self.files.appendingPathComponent("dashboard.json"))
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: data)
        let questions = dashboard.panels.flatMap { $0.targets ?? [] }.map(\.expr)
        #expect(questions.count > 20)
        for question in questions {
            let answers = try await prometheus.ask(question.replacing("$__rate_interval", with: "1m"))
            #expect(answers > 0, "nothing comes of \(question)")
        }
    }

    private struct Dashboard: Decodable {
        struct Panel: Decodable { let targets: [Target]? }
        struct Target: Decodable { let expr: String }
        let panels: [Panel]
    }
}

/// An API and a worker on one folder, with everything on that tells of them.
private final class ObservedInstallation: Sendable {
    let folder: URL
    let apiMetrics: Int
    let workerMetrics: Int
    // Used by one test, one step after the other.
    nonisolated(unsafe) let api: ServerProcess
    nonisolated(unsafe) let worker: ServerProcess

    init(collector: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-observed-\(UUID().uuidString)")
        let ports = (try FreePort.find(), try FreePort.find())
        func process(_ name: String, _ arguments: [String], metrics: Int) throws -> ServerProcess {
            let own = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let settings = [
                "ANB_DATA_DIR": folder.appendingPathComponent("data").path, "LOG_FORMAT": "json", "METRICS_PORT": "\(metrics)",
                "METRICS_EMF_SECONDS": "1", "OTEL_EXPORTER_OTLP_ENDPOINT": collector, "WEBHOOK_URL": "http://127.0.0.1:1/",
                "WEBHOOK_SECRET": String(repeating: "k", count: 32),
            ]
            return try ServerProcess(folder: own, settings: settings, arguments: arguments)
        }
        api = try process("api", ["serve", "--worker", "none"], metrics: ports.0)
        worker = try process("worker", [], metrics: ports.1)
        (self.folder, apiMetrics, workerMetrics) = (folder, ports.0, ports.1)
    }

    func start() async throws {
        try await api.start()
        try await worker.startWorker()
    }

    func end() {
        api.kill()
        worker.kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// - Returns: The id of a video that was uploaded and published.
    func publish(correlationID: String) async throws -> String {
        var client = ContestClient(baseURL: api.baseURL)
        try await client.signUp("ana")
        let accepted = try await client.upload(
            CrashTests.clip(), title: "Clip", idempotencyKey: "k", correlationID: correlationID)
        _ = try await client.send("GET", "/api/public/rankings", expecting: 200)
        let deadline = ContinuousClock.now + .seconds(120)
        while try await client.videos().first?.status != "processed" {
            try expect(ContinuousClock.now < deadline, "not published within 120 s: \(worker.log.suffix(2000))")
            try await Task.sleep(for: .milliseconds(100))
        }
        return accepted.video_id
    }

    /// What both export, once the worker has counted its run.
    func scrape() async throws -> String {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            var text = ""
            for port in [apiMetrics, workerMetrics] {
                let answer = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics"), timeout: .seconds(5))
                #expect(answer.headers.first(name: "content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
                text += String(buffer: try await answer.body.collect(upTo: 4 << 20))
            }
            let isCounted = text.contains(#"anb_job_runs_total{ending="committed",kind="video.process"} 1"#)
            if isCounted, text.contains("anb_queue_messages") { return text }
            try expect(ContinuousClock.now < deadline, "the run was not counted within 20 s: \(text)")
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// A real Prometheus that scrapes every second.
private final class Prometheus {
    struct Rule: Decodable {
        let name: String
        let health: String
    }

    private struct Rules: Decodable {
        struct Groups: Decodable { let groups: [Group] }
        struct Group: Decodable { let rules: [Rule] }
        let data: Groups
    }

    private struct Answer: Decodable {
        struct Body: Decodable { let result: [Series] }
        struct Series: Decodable {}
        let status: String
        let data: Body
    }

    private let process = Process()
    private let port: Int

    init(in folder: URL, rules: URL, targets: [String: Int]) throws {
        port = try FreePort.find()
        let jobs = targets.map { "  - {job_name: \($0), static_configs: [{targets: ['127.0.0.1:\($1)']}]}" }.sorted()
        let configuration = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["\(rules.path)"]
            scrape_configs:
            \(jobs.joined(separator: "\n"))
            """
        let file = folder.appendingPathComponent("prometheus.yml")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "prometheus", "--config.file=\(file.path)", "--storage.tsdb.path=\(folder.path)/tsdb",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func end() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Waits, at most 60 s, until all targets answer and have two scrapes, and the rules were evaluated.
    func waitUntilItHas(targets: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let scraped = (try? await ask("count_over_time(up[1m]) > 3 and up == 1")) ?? 0
            if scraped == targets, let rules = try? await rules(), rules.allSatisfy({ $0.health != "unknown" }) { return }
            try expect(ContinuousClock.now < deadline, "Prometheus did not scrape both within 60 s")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// - Returns: How many series answer.
    func ask(_ question: String) async throws -> Int {
        var components = URLComponents()
        components.queryItems = [URLQueryItem(name: "query", value: question)]
        let query = (components.percentEncodedQuery ?? "").replacing("+", with: "%2B")
        let answer = try JSONDecoder().decode(Answer.self, from: try await get("/api/v1/query?\(query)"))
        try expect(answer.status == "success", question)
        return answer.data.result.count
    }

    func rules() async throws -> [Rule] {
        try JSONDecoder().decode(Rules.self, from: try await get("/api/v1/rules")).data.groups.flatMap(\.rules)
    }

    private func get(_ path: String) async throws -> Data {
        let url = "http://127.0.0.1:\(port)\(path)"
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
        let body = Data(buffer: try await answer.body.collect(upTo: 4 << 20))
        try expect(answer.status == .ok, "\(path): \(String(decoding: body, as: UTF8.self))")
        return body
    }
}
