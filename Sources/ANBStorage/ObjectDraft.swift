import ANBCore
import Glibc
import NIOCore

/// The bytes of a write on their way: a file in the store's hidden folder that nobody can see as an object.
///
/// All methods block.
struct ObjectDraft: Sendable {
    private let name: String
    private let folder: Folder
    private let file: Descriptor
    /// Whether it came to be with all its bytes.
    let isShared: Bool

    private init(name: String, folder: Folder, file: Descriptor, isShared: Bool) {
        self.name = name
        self.folder = folder
        self.file = file
        self.isShared = isShared
    }

    /// An empty one.
    static func make(in space: ProcessFolder) throws -> ObjectDraft {
        let name = space.newName()
        return ObjectDraft(name: name, folder: space.folder, file: try space.folder.makeFile(name), isShared: false)
    }

    /// One that shares the bytes of a local file.
    /// - Returns: `nil` when the file has to be copied: it lies on another file system, or may not have two names.
    static func sharing(path: String, in space: ProcessFolder) throws -> ObjectDraft? {
        let name = space.newName()
        do {
            try space.folder.link(path: path, as: name)
        } catch let error where [EXDEV, EPERM, EACCES, EMLINK, EOPNOTSUPP].contains(error.number) {
            return nil
        }
        do {
            let file = try space.folder.openFile(name, O_RDONLY)
            try file.requireRegularFile()
            return ObjectDraft(name: name, folder: space.folder, file: file, isShared: true)
        } catch {
            try? space.folder.removeFile(name)
            throw error
        }
    }

    func append(_ bytes: ByteBuffer) throws { try bytes.withUnsafeReadableBytes(file.write) }

    /// Makes the bytes durable.
    func finish(modifiedAt: Timestamp) throws {
        try file.setModified(modifiedAt)
        try file.sync()
    }

    /// Makes the draft an object, replacing one of that name.
    func replace(_ name: String, in folder: Folder) throws(SystemCallFailed) {
        try folder.move(self.name, of: self.folder, to: name)
    }

    /// Makes the draft an object unless there is one of that name, in one step. The draft's own name stays.
    func create(_ name: String, in folder: Folder) throws(SystemCallFailed) {
        try folder.link(self.name, of: self.folder, as: name)
    }

    /// Removes the draft's own name; harmless when it is gone.
    func discard() { try? folder.removeFile(name) }
}

extension Descriptor {
    /// - Throws: `internal` for anything else that can have a path.
    func requireRegularFile() throws {
        guard try status().isRegularFile else { throw ANBError.internal("only a regular file can become an object") }
    }
}
