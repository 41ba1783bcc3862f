import ANBAWS
import ANBCore
import Crypto
import Foundation
import NIOCore

/// Parts of a local file. Each is read twice, once for its hash and once while it is sent, so that no part is held in
/// memory. A file that changes in between is refused by the service, because the hash is in the signature.
struct FileParts: UploadParts {
    private let file: FileChunks
    private let partBytes: Int64
    private var number = 0

    init(_ file: FileChunks, partBytes: Int) {
        self.file = file
        self.partBytes = Int64(partBytes)
    }

    mutating func next() async throws -> UploadPart? {
        try Task.checkCancellation()
        let start = file.range.lowerBound + Int64(number) * partBytes
        guard number == 0 || start < file.range.upperBound else { return nil }
        let range = start..<min(start + partBytes, file.range.upperBound)
        number += 1
        let hash = try await file.threads.run("hashing a file") { [file = file.file] in try file.sha256(of: range) }
        let chunks = FileChunks(file: file.file, range: range, threads: file.threads)
        return UploadPart(number: number, body: .chunks(chunks, byteCount: Int64(range.count)), sha256: hash)
    }
}

extension Descriptor {
    /// Of a part of the file. Blocks.
    /// - Throws: `corrupted` when the file ends before.
    fileprivate func sha256(of range: Range<Int64>) throws -> [UInt8] {
        var hash = SHA256()
        var rest = range
        while !rest.isEmpty {
            let chunk = try chunk(at: rest.lowerBound, byteCount: Int(min(FileChunks.chunkBytes, Int64(rest.count))))
            chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            rest = (rest.lowerBound + Int64(chunk.readableBytes))..<rest.upperBound
        }
        return Array(hash.finalize())
    }
}
