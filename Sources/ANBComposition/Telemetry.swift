import ANBCore
import ANBTelemetry
import Foundation
import Logging
import Metrics
import NIOPosix
import ServiceLifecycle
import Tracing

/// What a process tells of itself beside its log.
public struct Telemetry: Sendable {
    /// Nothing.
    public static let off = Telemetry(service: "", registry: nil, spans: nil)

    let service: String
    let registry: MetricsRegistry?
    let spans: SpanBuffer?

    /// Takes the process' metrics and spans as the settings say. Once in a process, before anything is opened.
    /// - Parameter service: What this process is called, for example `anb-api`.
    public static func bootstrap(_ settings: Settings, service: String) -> Telemetry {
        let wanted = settings.telemetry
        let registry = wanted.metricsPort == nil && wanted.metricsLogInterval == nil ? nil : MetricsRegistry()
        if let registry { MetricsSystem.bootstrap(registry) }
        let spans = wanted.tracesEndpoint == nil ? nil : SpanBuffer()
        if let spans { InstrumentationSystem.bootstrap(ContestTracer(spans, share: wanted.tracesShare)) }
        return Telemetry(service: service, registry: registry, spans: spans)
    }

    func metered(_ database: any Database) -> any Database { registry == nil ? database : MeteredDatabase(database) }
}

extension Assembly {
    /// Measures the process and hands out what was measured. They come first, so that they end last.
    func telemetryServices() -> [any Service] {
        var services: [any Service] = []
        let wanted = settings.telemetry
        if let registry = telemetry.registry {
            services += measuringServices()
            let process = ProcessMetrics(startedAt: Date().timeIntervalSince1970)
            if let port = wanted.metricsPort {
                services.append(
                    MetricsEndpoint(registry: registry, process: process, host: wanted.metricsHost, port: port, logger: logger))
            }
            if let interval = wanted.metricsLogInterval {
                let lines = EmbeddedMetrics(registry, service: telemetry.service)
                services.append(MetricsLog(lines: lines, process: process, interval: interval, clock: contest.backends.clock))
            }
        }
        if let spans = telemetry.spans, let endpoint = wanted.tracesEndpoint {
            let exporter = TraceExporter(spans, endpoint: endpoint, service: telemetry.service, logger: logger)
            services.append(LoopService { try await exporter.run() })
        }
        return services
    }

    private func measuringServices() -> [any Service] {
        let backends = contest.backends
        let backlog = BacklogGauges(
            database: backends.database, queue: backends.queue, clock: backends.clock, logger: logger)
        let lag = EventLoopLag(group: MultiThreadedEventLoopGroup.singleton)
        return [LoopService { try await backlog.run() }, LoopService { try await lag.run() }]
    }
}
