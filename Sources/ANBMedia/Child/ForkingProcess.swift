import CSandbox
import Glibc

/// The process that forks decoding children. It has one thread, holds no secret and reads nothing of others but descriptors.
///
/// A child's socket carries its id and its end to whoever asked for it, and tells by being closed that nobody cares any
/// more: the child is then killed. So no other process needs the ids, which the kernel gives away again.
struct ForkingProcess {
    /// The hidden first argument.
    static let argument = "media-fork-server"
    private static let control = MediaChild.requestDescriptor
    private static let descriptorsMax = 32
    /// The job's descriptors are first copied above this, so that none is overwritten before it was handed over.
    private static let parkingFloor: Int32 = 100

    private struct Child {
        let identifier: pid_t
        /// Readable when it has ended.
        let process: Int32
        let status: Int32
        var isAbandoned = false
    }

    private var children: [Child] = []

    /// Serves until the process that started it closes its end or dies.
    static func main() -> Never {
        var process = ForkingProcess()
        Rehearsal.run()
        _ = MediaSandbox.describe
        while true { process.turn() }
    }

    private mutating func turn() {
        var waits = [pollfd(fd: Self.control, events: Int16(POLLIN), revents: 0)]
        for child in children {
            waits.append(pollfd(fd: child.process, events: Int16(POLLIN), revents: 0))
            // A negative descriptor is passed over.
            waits.append(pollfd(fd: child.isAbandoned ? -1 : child.status, events: Int16(POLLIN), revents: 0))
        }
        guard poll(&waits, nfds_t(waits.count), -1) > 0 else { return }
        for index in children.indices.reversed() {
            if waits[1 + 2 * index].revents != 0 {
                tellEnd(of: children.remove(at: index))
            } else if waits[2 + 2 * index].revents != 0 {
                kill(children[index].identifier, SIGKILL)
                children[index].isAbandoned = true
            }
        }
        if waits[0].revents != 0 { answer() }
    }

    private func tellEnd(of child: Child) {
        var (status, usage): (Int32, rusage) = (0, rusage())
        wait4(child.identifier, &status, 0, &usage)
        ForkStatus(value: Int64(status), microseconds: Int64(usage.cpuSeconds * 1e6)).send(to: child.status)
        close(child.process)
        close(child.status)
    }

    private mutating func answer() {
        var descriptors = [Int32](repeating: -1, count: Self.descriptorsMax)
        let count = anb_receive_descriptors(Self.control, &descriptors, Int32(descriptors.count))
        if count < 0, errno == EINTR { return }
        // Nobody is left to work for. The kernel kills the children.
        guard count > 1 else { _exit(count == 0 ? EXIT_SUCCESS : EXIT_FAILURE) }
        let status = descriptors[0]
        let files = Array(descriptors[1..<Int(count)])
        let identifier = anb_fork()
        if identifier == 0 { Self.become(files) }
        let reason = Int64(errno)
        for file in files { close(file) }
        guard identifier > 0 else { return refuse(status, reason) }
        let process = anb_process_descriptor(identifier)
        guard process >= 0 else {
            let reason = Int64(errno)
            kill(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
            return refuse(status, reason)
        }
        ForkStatus(value: Int64(identifier)).send(to: status)
        children.append(Child(identifier: identifier, process: process, status: status))
    }

    private func refuse(_ status: Int32, _ reason: Int64) {
        ForkStatus(value: -reason).send(to: status)
        close(status)
    }

    /// In the child: nothing stays open but the job's files, at the numbers where a started child has them.
    private static func become(_ files: [Int32]) -> Never {
        setpgid(0, 0)
        let parked = files.map { fcntl($0, F_DUPFD, parkingFloor) }
        var next = MediaChild.requestDescriptor
        for file in parked {
            // A failure here is a job without its file, which fails.
            dup2(file, next)
            next += 1
        }
        anb_close_own_from(next)
        MediaChild.main()
    }
}
