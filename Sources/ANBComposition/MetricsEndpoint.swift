import ANBCore
import ANBTelemetry
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// `GET /metrics` on a port of its own, which the load balancer does not know.
struct MetricsEndpoint: Service {
    private static let connectionsMax = 16
    private static let idleSecondsMax: Int64 = 120

    let registry: MetricsRegistry
    let process: ProcessMetrics
    let host: String
    let port: Int
    let logger: Logger

    /// Takes the port for a moment, so that a port in use ends the start before anything else has begun.
    func check() async throws {
        do {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            try await bootstrap.bind(host: host, port: port).get().close().get()
        } catch {
            throw explained(error)
        }
    }

    func run() async throws {
        let router = Router()
        router.get("/metrics") { _, _ in answer() }
        let server = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSecondsMax))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax, logger: logger)),
            onServerRunning: { [logger] channel in
                logger.notice("metrics on \(channel.localAddress?.url ?? "an unknown address")/metrics")
            },
            logger: logger)
        do {
            try await server.run()
        } catch {
            throw explained(error)
        }
    }

    private func explained(_ error: any Error) -> any Error {
        ListeningError(host: host, port: port, names: ("METRICS_HOST", "METRICS_PORT")).explain(error) ?? error
    }

    private func answer() -> Response {
        process.refresh()
        let text = PrometheusText.of(registry)
        return Response(
            status: .ok, headers: [.contentType: PrometheusText.contentType],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
