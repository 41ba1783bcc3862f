public import ANBCore
import Foundation
public import NIOPosix

/// Scratch files and folders in a folder of this process, which the next process removes when this one is killed.
public struct FileScratchSpace: ScratchSpace {
    private let space: ProcessFolder
    private let threads: FileThreads

    /// Makes the folder of this process and removes those of dead ones.
    /// - Parameters:
    ///   - path: Where the processes' folders lie; made when there is none. On the file system of the object store,
    ///     scratch files become objects without being copied.
    ///   - threads: Where blocking file calls run. Whoever made the pool shuts it down, after the last use.
    /// - Throws: `ANBError.Code.misconfigured` when the folder cannot be used.
    public static func open(root path: String, threads: NIOThreadPool = .files) async throws -> FileScratchSpace {
        let threads = FileThreads(threads)
        return try await usingFolder(path) {
            try await threads.run("opening the scratch space") {
                FileScratchSpace(space: try ProcessFolder.open(in: path), threads: threads)
            }
        }
    }

    private init(space: ProcessFolder, threads: FileThreads) {
        self.space = space
        self.threads = threads
    }

    /// - Throws: `ANBError.Code.overloaded` when the disk is full, `ANBError.Code.unavailable` when it does not work.
    public func makeFile() async throws -> any ScratchFile {
        try await threads.run("making a scratch file") { [space, threads] in
            let name = space.newName()
            let file = try space.folder.makeFile(name)
            return HashedScratchFile(path: "\(space.path)/\(name)", file: file, threads: threads)
        }
    }

    /// - Throws: As ``makeFile()``.
    public func makeDirectory() async throws -> String {
        try await threads.run("making a scratch folder") { [space] in
            let name = space.newName()
            try space.folder.makeFolder(name)
            return "\(space.path)/\(name)"
        }
    }

    /// - Throws: `ANBError.Code.internal` for a path that this space did not make.
    public func removeDirectory(_ path: String) async throws {
        let name = path.dropFirst(space.path.count + 1)
        guard path == "\(space.path)/\(name)", !name.isEmpty, name.allSatisfy(\.isNumber) else {
            throw ANBError.internal("\(path) is no scratch folder of this process")
        }
        try await threads.run("removing a scratch folder") {
            guard FileManager.default.fileExists(atPath: path) else { return }
            try FileManager.default.removeItem(atPath: path)
        }
    }
}
