import ANBCore
import Glibc

/// A file descriptor that closes itself.
final class OpenFile: Sendable {
    let descriptor: Int32

    /// Takes over an open descriptor.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Opens a regular file for reading.
    /// - Throws: `notFound` when it cannot be opened or is no file.
    init(reading path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Self.unreadable(path, "not a regular file")
        }
    }

    deinit { close(descriptor) }

    private static func unreadable(_ path: String, _ reason: String) -> ANBError {
        ANBError(.notFound, "The file cannot be read.", operatorMessage: "\(path): \(reason)")
    }
}
