import ANBCore
import Glibc
import NIOCore

/// Brings the bytes of a source into a draft, with one chunk in memory at a time.
struct DraftFilling: Sendable {
    let draft: ObjectDraft
    let threads: FileThreads
    let beforeStep: @Sendable (WriteStep) throws -> Void

    func fill(from source: ObjectSource) async throws {
        switch source {
        case .bytes(let bytes): try await append(bytes)
        case .stream(let chunks, let byteCount): try await appendAll(chunks, promised: byteCount)
        case .movingFile where draft.isShared: return
        case .movingFile(let path): try await appendAll(LocalFile.open(path, threads), promised: nil)
        }
    }

    private func appendAll(_ chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable, promised: Int64?) async throws {
        var bytes = PromisedBytes(promised)
        for try await chunk in chunks {
            try bytes.add(chunk.readableBytes)
            try await append(chunk)
        }
        try bytes.finish()
    }

    private func append(_ bytes: ByteBuffer) async throws {
        try await threads.run("writing a draft") {
            try beforeStep(.append)
            try draft.append(bytes)
        }
    }
}

/// A file outside of the store that is to become an object.
enum LocalFile {
    static func open(_ path: String, _ threads: FileThreads) async throws -> FileChunks {
        let (file, byteCount) = try await threads.run("opening \(path)") {
            let number = try system("open") { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
            let file = Descriptor(adopting: number)
            try file.requireRegularFile()
            return (file, Int64(try file.status().st_size))
        }
        return FileChunks(file: file, range: 0..<byteCount, threads: threads)
    }

    /// Blocks. A file that stays costs space only until its scratch folder goes; the object is stored all the same.
    static func remove(_ path: String) { _ = unlink(path) }
}

extension ObjectSource {
    /// Keeps the promise that a moved file is gone from its path. Blocks.
    func removeMovedFile() {
        if case .movingFile(let path) = self { LocalFile.remove(path) }
    }
}
