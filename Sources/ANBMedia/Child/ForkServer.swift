import ANBCore
import CSandbox
import Foundation
import Glibc
import Synchronization

/// Starts decoding children by letting one process of ours fork: the dynamic loader has bound its two hundred libraries
/// then, which is nearly all of what a start costs.
///
/// That process starts with the first child, has no secrets and nothing of our environment, and never reads a stranger's byte;
/// when it dies, its children die, and the next job gets a new one. It ends with the last user of this object, or with the process.
final class ForkServer: ChildStarter {
    private let executable: String
    private let running = Mutex<RunningForkServer?>(nil)

    init(executable: String) { self.executable = executable }

    /// When the process is dead, does not answer or may not fork, the child is started the long way, and the next one asks a
    /// successor.
    func start(_ descriptors: [Int32]) throws -> any StartedChild {
        let server = try current()
        do {
            return try ForkedChild(of: server, descriptors)
        } catch {
            running.withLock { if $0 === server { $0 = nil } }
        }
        return try ChildSpawner(executable: executable).start(descriptors)
    }

    private func current() throws -> RunningForkServer {
        try running.withLock { running in
            if let running { return running }
            let started = try RunningForkServer(executable: executable)
            running = started
            return started
        }
    }
}

/// The started ``ForkingProcess``; it ends with the last of its users, children included.
private final class RunningForkServer: Sendable {
    let control: OpenFile
    let identifier: pid_t

    init(executable: String) throws {
        let sockets = try MessageSockets()
        identifier = try ChildSpawner(executable: executable, argument: ForkingProcess.argument).spawn([sockets.theirs.descriptor]
        )
        control = sockets.ours
    }

    deinit {
        kill(identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }
}

/// A child of the ``ForkingProcess``. Letting go of it kills it.
private final class ForkedChild: StartedChild {
    /// Until the process has said whom it forked.
    private static let answerMilliseconds: Int32 = 5_000

    let identifier: pid_t
    var parent: pid_t { server.identifier }
    private let server: RunningForkServer
    private let status: OpenFile

    init(of server: RunningForkServer, _ descriptors: [Int32]) throws {
        self.server = server
        status = try Self.ask(server.control, descriptors)
        identifier = try Self.answer(on: status)
    }

    /// The other end of the sockets is closed here, so that the other's death can be read.
    private static func ask(_ control: OpenFile, _ descriptors: [Int32]) throws -> OpenFile {
        let sockets = try MessageSockets()
        let sent = withExtendedLifetime(sockets) {
            anb_send_descriptors(control.descriptor, [sockets.theirs.descriptor] + descriptors, Int32(descriptors.count + 1))
        }
        guard sent == 0 else { throw ANBError.engine("asking for a fork: errno \(errno)") }
        return sockets.ours
    }

    private static func answer(on status: OpenFile) throws -> pid_t {
        var wait = pollfd(fd: status.descriptor, events: Int16(POLLIN), revents: 0)
        var ready: Int32
        repeat { ready = poll(&wait, 1, answerMilliseconds) } while ready < 0 && errno == EINTR
        guard ready > 0, let answer = ForkStatus.receive(from: status.descriptor) else {
            throw ANBError.engine("the process that forks media children does not answer")
        }
        guard answer.value > 0 else { throw ANBError.engine("fork of a media child: errno \(-answer.value)") }
        return pid_t(answer.value)
    }

    func end() -> ChildEnd? {
        var wait = pollfd(fd: status.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 0) > 0 else { return nil }
        // Without a word: the process that forks is dead, and the kernel has killed its children.
        guard let last = ForkStatus.receive(from: status.descriptor) else { return ChildEnd(status: SIGKILL, cpuSeconds: 0) }
        return ChildEnd(status: Int32(last.value), cpuSeconds: Double(last.microseconds) / 1e6)
    }

    func kill() { shutdown(status.descriptor, Int32(SHUT_WR)) }
}

/// What the process that forks tells of a child: first its id or the negative reason why there is none, then its end.
struct ForkStatus {
    /// The id or `-errno`; then what `wait4` tells.
    var value: Int64
    /// Of the processor, user and system.
    var microseconds: Int64 = 0

    func send(to socket: Int32) {
        withUnsafeBytes(of: self) { _ = Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// - Returns: nil when the other end is closed.
    static func receive(from socket: Int32) -> ForkStatus? {
        var status = ForkStatus(value: 0)
        let count = withUnsafeMutableBytes(of: &status) { recv(socket, $0.baseAddress, $0.count, 0) }
        return count == MemoryLayout<ForkStatus>.size ? status : nil
    }
}

/// Two connected sockets whose messages stay whole.
private struct MessageSockets {
    let ours: OpenFile
    let theirs: OpenFile

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard anb_message_sockets(&ends) == 0 else { throw ANBError.engine("socketpair: errno \(errno)") }
        ours = OpenFile(descriptor: ends[0])
        theirs = OpenFile(descriptor: ends[1])
    }
}
