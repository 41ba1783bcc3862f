import ANBCore
import ANBPersistence
import ANBQueue
import ANBTesting
import Logging
import Metrics
import NIOCore
import NIOPosix
import Testing

@testable import ANBTelemetry

/// The metrics of the process are global, so these share one registry and run one after the other.
@Suite(.serialized) struct MeasuringTests {
    private static let registry = {
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    private func value(_ series: String) -> Double? {
        PrometheusText.of(Self.registry).split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }

    @Test func theBacklogIsWhatLedgerAndQueueHold() async throws {
        _ = Self.registry
        let (clock, samples) = (ManualClock(), Samples())
        let database = MemoryDatabase()
        try await database.migrate()
        let now = clock.now
        let jobs = [0, 5, -60].map { seconds in
            Job(
                id: samples.ids.next(), kind: .processVideo, videoID: samples.ids.next(), userID: samples.ids.next(),
                correlationID: "c", createdAt: now, readyAt: now + .seconds(seconds))
        }
        try await database.withTransaction { transaction in for job in jobs { try transaction.insertJob(job) } }
        let queue = MemoryJobQueue(clock: clock)
        try await queue.send([JobMessage(jobs[0])])
        let gauges = BacklogGauges(database: database, queue: queue, clock: clock, logger: Logger(label: "t"))
        try await gauges.count()
        #expect(value(#"anb_ledger_jobs{state="due"}"#) == 2)
        #expect(value(#"anb_ledger_jobs{state="delayed"}"#) == 1)
        #expect(value(#"anb_ledger_jobs{state="dead"}"#) == 0)
        #expect(value("anb_ledger_oldest_due_seconds") == 60)
        #expect(value(#"anb_queue_messages{state="ready"}"#) == 1)
        #expect(value("anb_backlog_read_seconds") == Double(now.milliseconds) / 1000)
    }

    @Test func transactionsAndTheirWaitsAreTimed() async throws {
        _ = Self.registry
        let database = MeteredDatabase(MemoryDatabase())
        try await database.migrate()
        try await database.check()
        func count(_ name: String, _ access: String) -> Double { value(#"\#(name)_count{access="\#(access)"}"#) ?? 0 }
        let before = ["read", "write"].map { [count("anb_database_wait_seconds", $0), count("anb_database_seconds", $0)] }
        _ = try await database.read { try $0.countJobs(in: .ready) }
        await #expect(throws: ANBError.self) {
            try await database.withTransaction { _ in throw ANBError.internal("a body that throws") }
        }
        let after = ["read", "write"].map { [count("anb_database_wait_seconds", $0), count("anb_database_seconds", $0)] }
        #expect(after == before.map { $0.map { $0 + 1 } })
    }

    @Test(.timeLimit(.minutes(1))) func aLoopThatIsHeldUpIsLate() async throws {
        _ = Self.registry
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let lag = EventLoopLag(group: group)
        let watching = Task { try await lag.run() }
        let late = #"anb_event_loop_lag_seconds_bucket{le="0.25"}"#
        // Until one measurement was on time, hold the loop up; then until one was late.
        while (value("anb_event_loop_lag_seconds_count") ?? 0) < 1 { await Task.yield() }
        while value("anb_event_loop_lag_seconds_count") == value(late) {
            _ = try await group.next().submit { usleep(700_000) }.get()
        }
        watching.cancel()
        try? await watching.value
        try await group.shutdownGracefully()
    }

    @Test func theProcessIsMeasured() {
        _ = Self.registry
        let process = ProcessMetrics(startedAt: 5)
        process.refresh()
        #expect((value("process_resident_memory_bytes") ?? 0) > 1e6)
        #expect((value("process_open_fds") ?? 0) > 2)
        #expect((value("process_cpu_seconds_total") ?? 0) > 0)
        #expect(value("process_start_time_seconds") == 5)
        #expect(PrometheusText.of(Self.registry).contains("# TYPE process_cpu_seconds_total counter"))
    }
}
