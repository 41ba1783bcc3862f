public import ANBCore
import Glibc

/// Decodes and encodes each job in a process of its own, which holds the job's descriptors and nothing else.
///
/// A hostile file that finds a hole in a decoder finds itself without network, without files, without
/// secrets and with a limit on everything. A child that crashes, hangs or lies is a failed attempt with a
/// reason; the process that started it goes on.
public struct ChildProcessMediaEngine: MediaEngine {
    /// This very program.
    public static let ownExecutable = "/proc/self/exe"

    private let runner: ChildProcessRunner
    /// Many short jobs: nearly all that a probe cost was the start of its process.
    private let prober: ChildProcessRunner
    /// More probes than processors take turns at them, each with its memory.
    private let probes = ShortStays(
        places: 2 * ProcessorCount.available, expected: .seconds(1), overstayingMax: 4 * ProcessorCount.available)

    /// - Parameters:
    ///   - executable: A program whose `main` starts with ``MediaChild/runIfRequested()``.
    ///   - bumperDirectory: A writable folder where encoded intros and outros outlive the process; nil keeps them for
    ///     this process only.
    public init(executable: String = Self.ownExecutable, bumperDirectory: String? = nil) {
        self.init(executable: executable, bumperDirectory: bumperDirectory) { _ in }
    }

    /// - Parameter started: Told the process id of each child.
    init(executable: String, bumperDirectory: String? = nil, started: @escaping @Sendable (pid_t) -> Void) {
        runner = ChildProcessRunner(
            starter: ChildSpawner(executable: executable), bumpers: BumperCache(directory: bumperDirectory), started: started)
        prober = ChildProcessRunner(starter: ForkServer(executable: executable), started: started)
    }

    public func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        try await probes.withPlace { try await prober.probe(path: path, limits: limits) }
    }

    public func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {
        try await runner.validate(recipe, limits: limits)
    }

    public func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        try await runner.transcode(request, progress: progress)
    }
}
