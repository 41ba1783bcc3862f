import ServiceLifecycle

/// An endless loop as a service: it is cancelled when the process shuts down.
struct LoopService: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(body)
        } catch is CancellationError {
            // The end that was asked for.
        }
    }
}
