import ANBCore
import CSandbox
import Foundation
import Glibc
import Synchronization

/// Starts decoding children by letting one process of ours fork: the dynamic loader has bound its two hundred libraries
/// then, which is nearly all of what a start costs.
///
/// That process starts with the first child, has no secrets and no environment, and never reads a stranger's byte; when it
/// dies, its children die, and the next job gets a new one. It ends with the last user of this object, or with the process.
final class ForkServer: ChildStarter {
    /// Until the process has said whom it forked.
    private static let answerMilliseconds: Int32 = 5_000

    private final class Server: Sendable {
        let control: OpenFile
        let identifier: pid_t

        init(executable: String) throws {
            let sockets = try MessageSockets()
            identifier = try ChildSpawner(executable: executable, argument: ForkingProcess.argument)
                .spawn([sockets.theirs.descriptor])
            control = sockets.ours
        }

        deinit {
            kill(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
        }
    }

    private let executable: String
    private let server = Mutex<Server?>(nil)

    init(executable: String) { self.executable = executable }

    func start(_ descriptors: [Int32]) throws -> any StartedChild {
        // A process that died before is noticed when it is asked.
        if let child = try fork(descriptors) { return child }
        guard let child = try fork(descriptors) else { throw ANBError.engine("the process that forks media children does not answer") }
        return child
    }

    /// - Returns: nil when the server is gone.
    private func fork(_ descriptors: [Int32]) throws -> ForkedChild? {
        let server = try current()
        guard let child = try ForkedChild(server.control, descriptors, parent: server.identifier, Self.answerMilliseconds) else {
            self.server.withLock { if $0 === server { $0 = nil } }
            return nil
        }
        return child
    }

    private func current() throws -> Server {
        try server.withLock { server in
            if let server { return server }
            let started = try Server(executable: executable)
            server = started
            return started
        }
    }
}

/// A child of the ``ForkingProcess``. Letting go of it kills it.
private final class ForkedChild: StartedChild {
    let identifier: pid_t
    let parent: pid_t
    private let status: OpenFile

    /// - Returns: nil when the process that forks is gone.
    init?(_ control: OpenFile, _ descriptors: [Int32], parent: pid_t, _ milliseconds: Int32) throws {
        let status = try Self.ask(control, descriptors)
        guard let status, let answer = try Self.answer(on: status, milliseconds) else { return nil }
        guard answer > 0 else { throw ANBError.engine("fork of a media child: errno \(-answer)") }
        self.status = status
        self.parent = parent
        identifier = pid_t(answer)
    }

    /// Its own end of the sockets is closed here, so that the other's death can be read.
    private static func ask(_ control: OpenFile, _ descriptors: [Int32]) throws -> OpenFile? {
        let sockets = try MessageSockets()
        let sent = withExtendedLifetime(sockets) {
            anb_send_descriptors(control.descriptor, [sockets.theirs.descriptor] + descriptors, Int32(descriptors.count + 1))
        }
        if sent == 0 { return sockets.ours }
        guard [EPIPE, ECONNRESET, ENOTCONN].contains(errno) else { throw ANBError.engine("asking for a fork: errno \(errno)") }
        return nil
    }

    private static func answer(on status: OpenFile, _ milliseconds: Int32) throws -> Int64? {
        var wait = pollfd(fd: status.descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = poll(&wait, 1, milliseconds)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw ANBError.engine("the process that forks media children does not answer") }
            return ForkStatus.receive(from: status.descriptor)?.value
        }
    }

    func end() -> ChildEnd? {
        var wait = pollfd(fd: status.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 0) > 0 else { return nil }
        // Without a word: the process that forks is dead, and the kernel has killed its children.
        guard let last = ForkStatus.receive(from: status.descriptor) else { return ChildEnd(status: SIGKILL, cpuSeconds: 0) }
        return ChildEnd(status: Int32(last.value), cpuSeconds: Double(last.microseconds) / 1e6)
    }

    func kill() { shutdown(status.descriptor, Int32(SHUT_WR.rawValue)) }
}

/// What the process that forks tells of a child: first its id or the negative reason why there is none, then its end.
struct ForkStatus {
    /// The id or `-errno`; then what `wait4` tells.
    var value: Int64
    /// Of the processor, user and system.
    var microseconds: Int64 = 0

    func send(to socket: Int32) {
        withUnsafeBytes(of: self) { _ = Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL.rawValue)) }
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
