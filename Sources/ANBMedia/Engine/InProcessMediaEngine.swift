public import ANBCore
import Glibc

/// Decodes and encodes in this very process, on a thread of its own for each job.
///
/// For embedders who isolate by other means; a hostile file that finds a hole in a decoder owns the process.
/// The executables use ``ChildProcessMediaEngine``.
public struct InProcessMediaEngine: MediaEngine {
    private let runner: InProcessRunner

    /// - Parameter bumperDirectory: A writable folder where encoded intros and outros outlive the process; nil keeps
    ///   them for this process only.
    public init(bumperDirectory: String? = nil) {
        runner = InProcessRunner(bumpers: BumperCache(directory: bumperDirectory))
    }

    public func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        try await runner.probe(path: path, limits: limits)
    }

    public func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {
        try await runner.validate(recipe, limits: limits)
    }

    /// The report's processor seconds and peak are the whole process's.
    public func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        try await runner.transcode(request, progress: progress)
    }
}

private struct InProcessRunner: MediaJobRunner {
    let bumpers: BumperCache

    func run(
        _ job: MediaJob, interruption: Interruption, progress: @escaping @Sendable (Double) -> Void
    ) throws -> MediaJobResult {
        let before = rusage.current.cpuSeconds
        let outcome = try job.run(interruption, progress: progress)
        return MediaJobResult(
            outcome: outcome, cpuSeconds: rusage.current.cpuSeconds - before, peakResidentBytes: PeakMemory().bytes)
    }
}
