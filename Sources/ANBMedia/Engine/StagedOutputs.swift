import ANBCore
import Glibc

/// The files of one transcode, under temporary names until all of them are complete.
///
/// Outputs that are not published disappear with the object.
final class StagedOutputs {
    private struct Staged {
        let file: OpenFile
        let temporaryPath: String
        let finalPath: String
    }

    private let staged: [Staged]
    private var published = false

    /// - Parameters:
    ///   - directory: Exists and is writable.
    ///   - names: Final names within it.
    init(directory: String, names: [String]) throws {
        var made: [Staged] = []
        do {
            for name in names { made.append(try Self.stage(directory, name)) }
        } catch {
            for file in made { unlink(file.temporaryPath) }
            throw error
        }
        staged = made
    }

    deinit {
        guard !published else { return }
        for file in staged { unlink(file.temporaryPath) }
    }

    /// Open for reading and writing, in the order of the names.
    var descriptors: [Int32] { staged.map(\.file.descriptor) }

    /// The same files, opened once more for reading only.
    func openForReading() throws -> [OpenFile] { try staged.map { try OpenFile(reading: $0.temporaryPath) } }

    /// In the order of the names.
    var finalPaths: [String] { staged.map(\.finalPath) }

    func byteCount(_ index: Int) throws -> Int64 {
        var status = stat()
        guard fstat(staged[index].file.descriptor, &status) == 0 else { throw Self.failure("fstat", staged[index].finalPath) }
        return Int64(status.st_size)
    }

    /// Makes everything durable, then gives each file its final name, replacing older ones.
    func publish() throws {
        for file in staged {
            guard fsync(file.file.descriptor) == 0 else { throw Self.failure("fsync", file.finalPath) }
        }
        for file in staged {
            guard rename(file.temporaryPath, file.finalPath) == 0 else { throw Self.failure("rename", file.finalPath) }
        }
        published = true
    }

    private static func stage(_ directory: String, _ name: String) throws -> Staged {
        var template = Array("\(directory)/.\(name).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw failure("create", "\(directory)/\(name)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        fchmod(descriptor, 0o644)
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? ""
        return Staged(file: OpenFile(descriptor: descriptor), temporaryPath: path, finalPath: "\(directory)/\(name)")
    }

    private static func failure(_ action: String, _ path: String) -> ANBError {
        ANBError.engine("\(action) of \(path): \(String(cString: strerror(errno)))")
    }
}
