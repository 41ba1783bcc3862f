import ANBCore
import ANBTesting
import CFFmpeg
import CSandbox
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ANBMedia

/// What a decoder that a file has taken over could do: tried, in the very process that decodes.
@Suite(.oneOfFew) struct SandboxTests {
    /// How the process came to be.
    enum Way: CaseIterable {
        case spawned, forked

        func starter() throws -> any ChildStarter {
            let executable = try BuiltProducts.path(of: "anb-worker")
            return switch self {
            case .spawned: ChildSpawner(executable: executable)
            case .forked: ForkServer(executable: executable)
            }
        }
    }

    private func attempt(
        _ trial: SandboxTrial, _ way: Way = .spawned, secondsMax: Double = 60, _ change: (inout MediaLimits) -> Void = { _ in },
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> Int32 {
        var limits = MediaLimits()
        change(&limits)
        let runner = ChildProcessRunner(starter: try way.starter()) { _ in }
        let folder = try TemporaryFolder()
        let file = OpenFile(descriptor: open(try folder.file("output", []), O_RDWR))
        let job = MediaJob.trial(trial, file: file.descriptor, limits: limits)
        let result = try await JobThread.run("trial", secondsMax: secondsMax) { interruption in
            try withExtendedLifetime(file) { try runner.run(job, interruption: interruption, progress: progress) }
        }
        guard case .tried(let code) = result.outcome else { throw ConformanceFailure("\(result.outcome)") }
        return code
    }

    /// The tests below would prove nothing if the machine protected itself with less.
    @Test func kernelHasTheProtections() {
        #expect(anb_seccomp_available() == 1)
        #expect(MediaSandbox.describe.contains("seccomp filter on"))
        #expect(
            MediaSandbox.describe.contains(anb_landlock_version() > 0 ? "Landlock \(anb_landlock_version()) on" : "NO Landlock"))
    }

    @Test func decodersWithKnownHolesAreKeptOut() {
        #expect(MediaSandbox.describe.contains("known holes kept out: magicyuv (CVE-2026-8461)"))
        #expect(MediaSandbox.describe.contains("libavcodec \(avcodec_version() >> 16)."))
        #expect(avcodec_find_decoder_by_name("magicyuv") != nil, "else this tells nothing about the whitelist")
        #expect(!AcceptedCodec.contains(AV_CODEC_ID_MAGICYUV))
    }

    @Test(arguments: Way.allCases)
    func threadsWork(way: Way) async throws {
        #expect(try await attempt(.startThread, way) == 0)
    }

    @Test(
        arguments: [
            SandboxTrial.openFile, .createFile, .listFolder, .openSocket, .openLocalSocket, .startProcess, .signalParent,
            .executableMemory,
        ], Way.allCases)
    func isRefused(trial: SandboxTrial, way: Way) async throws {
        #expect(try await attempt(trial, way) == EPERM)
        #expect(access("/tmp/anb-escaped", F_OK) != 0)
    }

    @Test(arguments: [SandboxTrial.runProgram, .traceParent, .readOtherMemory], Way.allCases)
    func endsTheProcess(trial: SandboxTrial, way: Way) async throws {
        let error = try await thrownError { try await attempt(trial, way) }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains("signal \(SIGSYS)"), "\(error)")
    }

    /// Landlock by itself, where the filter would not have been enough: it works in a process without one.
    @Test func landlockAloneRefusesFiles() async throws {
        guard anb_landlock_version() > 0 else { return }
        // On a thread that ends: what it gives up is gone for that thread only.
        let codes = try await JobThread.run("landlock", secondsMax: 10) { _ -> [Int32] in
            guard anb_no_new_privileges() == 0, anb_landlock_enter() == 0 else { return [errno] }
            return [open("/etc/passwd", O_RDONLY), open("/tmp/anb-escaped", O_WRONLY | O_CREAT, 0o600)].map { $0 < 0 ? errno : 0 }
        }
        #expect(codes == [EACCES, EACCES])
    }

    @Test(arguments: Way.allCases)
    func memoryIsLimited(way: Way) async throws {
        #expect(try await attempt(.moreMemory, way) == ENOMEM)
    }

    @Test(arguments: Way.allCases)
    func descriptorsAreLimitedAndCannotBeCopied(way: Way) async throws {
        #expect([EPERM, EMFILE].contains(try await attempt(.moreDescriptors, way)))
    }

    @Test(arguments: Way.allCases)
    func fileSizeIsLimited(way: Way) async throws {
        #expect(try await attempt(.largeFile, way) == EFBIG)
    }

    @Test(arguments: Way.allCases)
    func spinningEndsWithTheProcessorTime(way: Way) async throws {
        let error = try await thrownError { try await attempt(.spin, way) { $0.childCPUSecondsMax = 1 } }
        #expect(error.operatorMessage.contains("signal \(SIGXCPU)"), "\(error)")
    }

    @Test(arguments: [
        (way: Way.spawned, noProgress: 2.0, wall: 60.0, reason: "no progress"), (.spawned, 60, 2, "longer than"),
        (.forked, 2, 60, "no progress"), (.forked, 60, 2, "longer than"),
    ])
    func hangingIsEndedByTheParent(way: Way, noProgress: Double, wall: Double, reason: String) async throws {
        let seen = Mutex<[Double]>([])
        let error = try await thrownError {
            try await attempt(.hang, way, secondsMax: wall) {
                $0.noProgressSecondsMax = noProgress
            } progress: { fraction in
                seen.withLock { $0.append(fraction) }
            }
        }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains(reason), "\(error)")
        #expect(seen.withLock { $0 } == [0.5], "it was at work before it hung")
    }

    @Test func floodOfRepliesEnds() async throws {
        let error = try await thrownError { try await attempt(.flood) }
        #expect(error.operatorMessage.contains("floods"), "\(error)")
    }

    @Test(arguments: Way.allCases)
    func crashIsAFailedAttemptAndTheNextJobWorks(way: Way) async throws {
        let error = try await thrownError { try await attempt(.crash, way) }
        #expect(error.code == .mediaFailed && error.recovery == .retryNow && error.operatorMessage.contains("signal \(SIGABRT)"))
        #expect(try await attempt(.startThread, way) == 0)
    }
}
