import CSandbox
import Glibc

/// What a decoder that a file has taken over might try. The decoding child runs one on request, so that tests can see
/// the kernel refuse it in the very process that decodes.
enum SandboxTrial: String, Sendable, Codable, CaseIterable {
    // Must be allowed, or nothing works
    case startThread

    // Must be refused
    case openFile, createFile, listFolder, openSocket, openLocalSocket, startProcess, signalParent, executableMemory
    case moreMemory, moreDescriptors, largeFile

    // Must end the process
    case runProgram, traceParent, readOtherMemory, spin, crash

    // Must be ended by the parent
    case hang, flood

    /// - Parameters:
    ///   - file: Open for writing.
    ///   - progress: Reaches the parent.
    /// - Returns: The kernel's error number, 0 when it allowed the attempt.
    func run(file: Int32, progress: (Double) -> Void) -> Int32 {
        switch self {
        case .startThread: Self.startThread()
        case .openFile: Self.answer(open("/etc/passwd", O_RDONLY))
        case .createFile: Self.answer(open("/tmp/anb-escaped", O_WRONLY | O_CREAT, 0o600))
        case .listFolder: opendir("/") == nil ? errno : 0
        case .openSocket: Self.answer(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        case .openLocalSocket: Self.answer(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        case .startProcess: Self.answer(anb_try_fork())
        case .signalParent: Self.answer(kill(getppid(), 0))
        case .executableMemory: Self.map(bytes: 4096, PROT_READ | PROT_EXEC)
        case .moreMemory: Self.fillMemory()
        case .moreDescriptors: Self.answer(dup(file))
        case .largeFile: Self.fill(file)
        case .runProgram: Self.answer(anb_try_exec("/bin/true"))
        case .traceParent: Self.answer(anb_try_trace(getppid()))
        case .readOtherMemory: Self.answer(anb_try_read(getppid()))
        case .spin: Self.repeatForever {}
        case .crash: abort()
        case .hang: Self.hang(progress)
        case .flood: Self.repeatForever { progress(1) }
        }
    }

    private static func answer(_ code: Int32) -> Int32 { code < 0 ? errno : 0 }

    private static func repeatForever(_ body: () -> Void) -> Int32 {
        while true { body() }
    }

    private static func hang(_ progress: (Double) -> Void) -> Int32 {
        progress(0.5)
        return repeatForever { sleep(1) }
    }

    private static func startThread() -> Int32 {
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { _ in nil }, nil)
        return code == 0 ? pthread_join(thread, nil) : code
    }

    private static func map(bytes: Int, _ protection: Int32) -> Int32 {
        mmap(nil, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0
    }

    /// Takes memory until there is no more; never touches it, so that the machine does not suffer.
    private static func fillMemory() -> Int32 {
        let (pieceBytes, piecesMax) = (64 << 20, 1 << 16)
        for _ in 0..<piecesMax {
            let code = map(bytes: pieceBytes, PROT_READ | PROT_WRITE)
            if code != 0 { return code }
        }
        return 0
    }

    /// Writes one byte far behind the largest output.
    private static func fill(_ file: Int32) -> Int32 {
        answer(Int32(truncatingIfNeeded: pwrite(file, [0], 1, 1 << 40)))
    }
}
