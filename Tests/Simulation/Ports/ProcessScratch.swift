import ANBCore
import NIOCore

/// The scratch files of one process; they die with it.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class ProcessScratch: ScratchSpace, @unchecked Sendable {
    private let process: SimulatedProcess
    private var files: [String: [UInt8]] = [:]
    private var made = 0

    init(process: SimulatedProcess) { self.process = process }

    func makeFile() async throws -> any ScratchFile {
        let path = newPath()
        files[path] = []
        return File(path: path, scratch: self)
    }

    func makeDirectory() async throws -> String { newPath() }

    func removeDirectory(_ path: String) async throws {
        for file in files.keys.filter({ $0.hasPrefix("\(path)/") }) { files[file] = nil }
    }

    func put(_ bytes: [UInt8], at path: String) { files[path] = bytes }

    func bytes(at path: String) throws -> [UInt8] {
        guard let bytes = files[path] else { throw ANBError.internal("no scratch file \(path)") }
        return bytes
    }

    func remove(_ path: String) { files[path] = nil }

    private func newPath() -> String {
        made += 1
        return "/\(process.name)/\(made)"
    }

    private struct File: ScratchFile {
        let path: String
        let scratch: ProcessScratch

        func append(_ bytes: ByteBuffer) async throws {
            try scratch.process.checkAlive()
            scratch.files[path, default: []] += Array(bytes.readableBytesView)
        }

        func close() async throws -> FileDigest {
            let bytes = try scratch.bytes(at: path)
            return FileDigest(byteCount: Int64(bytes.count), sha256: Clip.digest(bytes))
        }

        func discard() async { scratch.remove(path) }
    }
}
