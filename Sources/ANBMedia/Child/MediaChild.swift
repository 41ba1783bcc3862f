import ANBCore
import Foundation
import Glibc

/// The decoding process: the same executable, started with a hidden argument or forked from one that was.
public enum MediaChild {
    /// The hidden first argument.
    static let argument = "media-child"
    /// Where the parent puts its ends; the job's files follow.
    static let requestDescriptor: Int32 = 3
    static let replyDescriptor: Int32 = 4
    static let firstFileDescriptor: Int32 = 5
    /// A request must fit into a pipe that nobody reads yet.
    static let requestBytesMax = 32 << 10

    /// Becomes the decoding process, and never returns, if this process was started as one.
    ///
    /// Call it first in `main`, before settings are read and before any thread is started.
    public static func runIfRequested() {
        switch CommandLine.arguments.dropFirst().first {
        case argument: main()
        case ForkingProcess.argument: ForkingProcess.main()
        default: return
        }
    }

    /// Reads one job, gives up its rights, runs the job, answers, ends.
    static func main() -> Never {
        let reply: ChildReply
        do {
            let request = try JSONDecoder().decode(ChildRequest.self, from: readRequest())
            let memory = PeakMemory()
            // The parent's clocks end a job; this one only backs them up.
            let interruption = Interruption(secondsMax: request.job.limits.transcodeSecondsMax)
            try Sandbox.enter(
                request.job.limits, highestDescriptor: memory.highestDescriptor(of: request.job), parent: request.parent)
            let outcome = try request.job.run(interruption) { send(.progress($0)) }
            reply = .done(outcome, peakResidentBytes: memory.bytes)
        } catch {
            reply = .failed(ChildFailure(error))
        }
        send(reply)
        // Nothing is left to tidy: the kernel takes back memory and files.
        _exit(0)
    }

    private static func readRequest() throws -> Data {
        var bytes = [UInt8](repeating: 0, count: requestBytesMax)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                read(requestDescriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            count += got
        }
        close(requestDescriptor)
        return Data(bytes.prefix(count))
    }

    private static func send(_ reply: ChildReply) {
        guard let bytes = try? ReplyFraming.encode(reply) else { _exit(EXIT_FAILURE) }
        var done = 0
        while done < bytes.count {
            let wrote = bytes.withUnsafeBytes { write(replyDescriptor, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if wrote < 0, errno == EINTR { continue }
            // A parent that no longer listens has no use for the work.
            guard wrote > 0 else { _exit(EXIT_FAILURE) }
            done += wrote
        }
    }
}

extension PeakMemory {
    /// The last descriptor that a job and this record need.
    fileprivate func highestDescriptor(of job: MediaJob) -> Int32 {
        var highest = max(descriptor, MediaChild.replyDescriptor)
        _ = job.mapDescriptors { number in
            highest = max(highest, number)
            return number
        }
        return highest
    }
}
