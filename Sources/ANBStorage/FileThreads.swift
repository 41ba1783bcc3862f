import ANBCore
public import NIOPosix

/// Where blocking file calls run, so that they never hold a thread of the cooperative pool.
struct FileThreads: Sendable {
    private let pool: NIOThreadPool

    init(_ pool: NIOThreadPool) { self.pool = pool }

    /// Runs a short piece of blocking work. Once asked for it always runs, even when the task is cancelled, because
    /// it may be what cleans up; callers check for cancellation between pieces.
    /// - Parameter action: What is being done, for operators.
    /// - Throws: What the body throws; system errors as ``ANBError``.
    func run<Value: Sendable>(
        _ action: @autoclosure @escaping @Sendable () -> String, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit { state in
                guard case .active = state else {
                    return continuation.resume(throwing: ANBError.unavailable("the file threads have been shut down"))
                }
                continuation.resume(with: Result(catching: body).mapError { Self.translate($0, action) })
            }
        }
    }

    private static func translate(_ error: any Error, _ action: () -> String) -> any Error {
        (error as? SystemCallFailed)?.translated(doing: action()) ?? error
    }
}

extension NIOThreadPool {
    /// Where the file calls of a process run. More than processors, because most of them wait for the disk; it lives as long
    /// as the process.
    public static let files: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()
}
