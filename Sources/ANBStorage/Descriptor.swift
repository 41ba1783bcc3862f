import ANBCore
import Glibc

/// An open file or folder, closed with its last reference.
final class Descriptor: Sendable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }

    deinit { _ = close(number) }

    func status() throws(SystemCallFailed) -> stat {
        var status = stat()
        try system("fstat") { fstat(number, &status) }
        return status
    }

    /// Returns when the content survives a power cut.
    func sync() throws(SystemCallFailed) { try system("fsync") { fsync(number) } }

    func setModified(_ time: Timestamp) throws(SystemCallFailed) {
        let value = timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.milliseconds - time.seconds * 1000) * 1_000_000)
        try system("futimens") { futimens(number, [value, value]) }
    }

    /// Adds all the bytes at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallFailed) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try system("write") {
                Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// - Returns: How many bytes were read; 0 at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemCallFailed) -> Int {
        try system("pread") { pread(number, bytes.baseAddress, bytes.count, Int(offset)) }
    }

    /// Takes the advisory lock that ends with the process; answers false when somebody holds it.
    func tryLock() throws(SystemCallFailed) -> Bool {
        do {
            try system("flock") { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch let error where error.number == EWOULDBLOCK {
            return false
        }
    }
}

extension stat {
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }

    var modifiedAt: Timestamp {
        Timestamp(milliseconds: Int64(st_mtim.tv_sec) * 1000 + Int64(st_mtim.tv_nsec) / 1_000_000)
    }
}
