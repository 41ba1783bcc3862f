import ANBCore
import Crypto
import Glibc
import NIOCore
import Synchronization

/// A scratch file that knows the SHA-256 of what was written. Bytes are hashed and written in one job.
final class HashedScratchFile: ScratchFile {
    private struct Writing {
        var file: Descriptor
        var hash = SHA256()
        var byteCount: Int64 = 0

        /// Blocks.
        mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
            hash.update(bufferPointer: bytes)
            try file.write(bytes)
            byteCount += Int64(bytes.count)
        }
    }

    let path: String
    private let threads: FileThreads
    /// `nil` once closed.
    private let writing: Mutex<Writing?>

    init(path: String, file: Descriptor, threads: FileThreads) {
        self.path = path
        self.threads = threads
        writing = Mutex(Writing(file: file))
    }

    /// - Throws: ``ANBError/Code/overloaded`` when the disk is full. The file is of no use after an error.
    func append(_ bytes: ByteBuffer) async throws {
        try await threads.run("writing the scratch file \(self.path)") { [self] in
            try writing.withLock { writing in
                guard writing != nil else { throw ANBError.internal("the scratch file \(path) is closed") }
                try bytes.withUnsafeReadableBytes { try writing?.append($0) }
            }
        }
    }

    func close() async throws -> FileDigest {
        try await threads.run("closing the scratch file \(self.path)") { [self] in
            guard let written = writing.withLock({ $0.take() }) else {
                throw ANBError.internal("the scratch file \(path) is closed")
            }
            return FileDigest(byteCount: written.byteCount, sha256: written.hash.finalize().lowercaseHex)
        }
    }

    func discard() async {
        try? await threads.run("discarding the scratch file \(self.path)") { [self] in
            writing.withLock { $0 = nil }
            _ = unlink(path)
        }
    }
}
