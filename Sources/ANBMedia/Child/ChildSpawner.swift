import ANBCore
import CSandbox
import Glibc

/// Starts an executable as a decoding child, or as what a hidden argument says.
struct ChildSpawner: ChildStarter {
    /// Descriptors are first copied above this, so that none is overwritten before it was handed over.
    private static let parkingFloor: Int32 = 100

    let executable: String
    var argument = MediaChild.argument

    func start(_ descriptors: [Int32]) throws -> any StartedChild { SpawnedChild(identifier: try spawn(descriptors)) }

    /// - Parameter descriptors: In the order of the child's numbers, from ``MediaChild/requestDescriptor`` on.
    /// - Throws: `mediaFailed` when the process cannot be started.
    func spawn(_ descriptors: [Int32]) throws -> pid_t {
        let parked = try descriptors.map { descriptor in
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, Self.parkingFloor)
            guard copy >= 0 else { throw ANBError.engine("dup for the media child: errno \(errno)") }
            return OpenFile(descriptor: copy)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard in STDIN_FILENO...STDERR_FILENO {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        var next = MediaChild.requestDescriptor
        for file in parked {
            posix_spawn_file_actions_adddup2(&actions, file.descriptor, next)
            next += 1
        }
        anb_close_from(&actions, next)
        return try withExtendedLifetime(parked) { try start(&actions) }
    }

    private func start(_ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: Ctrl-C reaches the parent, which decides.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let arguments = [strdup(executable), strdup(argument), nil]
        // Nothing of ours; and a crash must not start a program that describes it, which could outlive the child.
        let environment = [strdup("SWIFT_BACKTRACE=enable=no"), nil]
        defer { for text in arguments + environment { free(text) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, executable, &actions, &attributes, arguments, environment)
        guard code == 0 else {
            throw ANBError.engine("start of \(executable): \(String(cString: strerror(code)))")
        }
        return child
    }
}

/// A child that this process started itself.
struct SpawnedChild: StartedChild {
    let identifier: pid_t
    var parent: pid_t { getpid() }

    func end() -> ChildEnd? {
        var (status, usage): (Int32, rusage) = (0, rusage())
        guard wait4(identifier, &status, WNOHANG, &usage) == identifier else { return nil }
        return ChildEnd(status: status, cpuSeconds: usage.cpuSeconds)
    }

    func kill() { _ = Glibc.kill(identifier, SIGKILL) }
}
