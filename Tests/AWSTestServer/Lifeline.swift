import Foundation
import Synchronization

/// Keeps the server's pipes open for as long as the test process lives.
final class Lifeline: Sendable {
    private let descriptors = Mutex<[Int32]>([])

    func set(_ input: Pipe, _ output: Pipe) {
        // Copies, because a `Pipe` closes its ends when it goes.
        let copies = [input.fileHandleForWriting, output.fileHandleForReading].map { handle in
            fcntl(handle.fileDescriptor, F_DUPFD_CLOEXEC, 0)
        }
        descriptors.withLock { $0 += copies }
    }
}
