import ANBCore
import Foundation
import Glibc

/// A started decoding process and the reading end of its replies.
///
/// Belongs to the one thread that started it: the kernel kills a spawned child when that thread ends.
final class ChildProcess {
    /// How a process ended.
    enum Ending {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// What ``read(millisecondsMax:)`` found.
    enum Reading {
        case bytes([UInt8])
        case nothingYet
        case end
    }

    /// A killed process is gone within this time, or the kernel is in trouble.
    private static let reapSecondsMax = 5.0
    private static let reapPollMicroseconds: UInt32 = 2_000

    var identifier: pid_t { started.identifier }
    private let started: any StartedChild
    private let replies: OpenFile
    private(set) var ending: Ending?
    private(set) var cpuSeconds = 0.0

    /// Starts a decoding child with nothing of this process's environment and nothing open but the job's files.
    init(_ starter: any ChildStarter, job: MediaJob) throws {
        var files: [Int32] = []
        let childJob = job.mapDescriptors { descriptor in
            files.append(descriptor)
            return MediaChild.firstFileDescriptor + Int32(files.count - 1)
        }
        let request = try Pipe()
        let reply = try Pipe()
        started = try starter.start([request.reading, reply.writing].map(\.descriptor) + files)
        replies = reply.reading
        try request.fill(with: JSONEncoder().encode(ChildRequest(parent: started.parent, job: childJob)))
    }

    deinit { terminate() }

    /// Waits for bytes or the end.
    func read(millisecondsMax: Int32) throws -> Reading {
        var wait = pollfd(fd: replies.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, millisecondsMax) > 0 else { return .nothingYet }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(replies.descriptor, &bytes, bytes.count)
        if count < 0, errno == EINTR { return .nothingYet }
        guard count >= 0 else { throw ANBError.engine("read from the media child: errno \(errno)") }
        return count == 0 ? .end : .bytes(Array(bytes.prefix(count)))
    }

    /// Looks whether the process has ended, and takes it off the kernel's list if so.
    @discardableResult
    func reap() -> Bool {
        guard ending == nil else { return true }
        guard let end = started.end() else { return false }
        cpuSeconds = end.cpuSeconds
        let signal = end.status & 0x7F
        ending = signal == 0 ? .exited((end.status >> 8) & 0xFF) : .killed(signal: signal)
        return true
    }

    /// Waits for an end that is due.
    /// - Returns: false when it did not come in time.
    func waitForEnd() -> Bool {
        let deadline = ContinuousClock.now + .seconds(Self.reapSecondsMax)
        while !reap() {
            guard ContinuousClock.now < deadline else { return false }
            usleep(Self.reapPollMicroseconds)
        }
        return true
    }

    /// Kills the process unless it has ended; leaves no zombie.
    func terminate() {
        guard !reap() else { return }
        started.kill()
        _ = waitForEnd()
    }
}

/// Two connected descriptors that no other program inherits.
private struct Pipe {
    let reading: OpenFile
    let writing: OpenFile

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ANBError.engine("pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = OpenFile(descriptor: ends[0])
        writing = OpenFile(descriptor: ends[1])
    }

    /// Puts in all of a message at once; the pipe's buffer holds it until somebody reads.
    func fill(with message: Data) throws {
        guard message.count <= MediaChild.requestBytesMax else { throw ANBError.engine("the media request is too long") }
        let wrote = message.withUnsafeBytes { write(writing.descriptor, $0.baseAddress, $0.count) }
        guard wrote == message.count else { throw ANBError.engine("write to the media child: errno \(errno)") }
    }
}
