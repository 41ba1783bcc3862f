public import ANBCore
import Glibc
import NIOCore
public import NIOPosix

/// Objects as files below one folder.
///
/// Bytes go to a file in the hidden folder `.~writing`, are synced, and get their name in one step; then the folders
/// are synced. So a reader, or the next process after a crash, sees a whole object or none. How keys become paths is
/// told by `ObjectPath`. Two processes may share a root; it must lie on one file system that has hard links.
public struct FilesystemObjectStore: ObjectStore {
    /// Holds a character that no key has, so no object can be there.
    private static let writingFolderName = ".~writing"

    private let root: Folder
    private let drafts: ProcessFolder
    private let threads: FileThreads
    private let signer: LocalURLSigner
    private let clock: any WallClock
    private let beforeStep: @Sendable (WriteStep) throws -> Void

    init(
        root: Folder, drafts: ProcessFolder, threads: FileThreads, signer: LocalURLSigner, clock: any WallClock,
        beforeStep: @escaping @Sendable (WriteStep) throws -> Void
    ) {
        self.root = root
        self.drafts = drafts
        self.threads = threads
        self.signer = signer
        self.clock = clock
        self.beforeStep = beforeStep
    }

    /// Opens the store, makes its folder when there is none, and removes what killed processes left half-written.
    /// - Parameters:
    ///   - path: The root folder.
    ///   - signer: Makes the URLs that the API server serves.
    ///   - clock: The time.
    ///   - threads: Where blocking file calls run. Whoever made the pool shuts it down, after the store's last use.
    /// - Throws: `ANBError.Code.misconfigured` when the folder cannot be used.
    public static func open(
        root path: String, signer: LocalURLSigner, clock: any WallClock = SystemClock(),
        threads: NIOThreadPool = .files
    ) async throws -> FilesystemObjectStore {
        try await open(root: path, signer: signer, clock: clock, threads: threads) { _ in }
    }

    static func open(
        root path: String, signer: LocalURLSigner, clock: any WallClock, threads: NIOThreadPool,
        beforeStep: @escaping @Sendable (WriteStep) throws -> Void
    ) async throws -> FilesystemObjectStore {
        let threads = FileThreads(threads)
        return try await usingFolder(path) {
            try await threads.run("opening the object store") {
                FilesystemObjectStore(
                    root: try Folder.openOrMake(path: path),
                    drafts: try ProcessFolder.open(in: "\(path)/\(writingFolderName)"),
                    threads: threads, signer: signer, clock: clock, beforeStep: beforeStep)
            }
        }
    }

    public func info(_ key: ObjectKey) async throws -> ObjectInfo {
        let status = try await openFile(key).status
        return ObjectInfo(key: key, byteCount: Int64(status.st_size), modifiedAt: status.modifiedAt)
    }

    public func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        let (file, status) = try await openFile(key)
        let range = try clamp(range, toByteCount: Int64(status.st_size))
        return ObjectBody(
            byteCount: Int64(range.count), chunks: FileChunks(file: file, range: range, threads: threads))
    }

    public func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        let publication = ObjectPublication(root: root, key: key, condition: condition, beforeStep: beforeStep)
        let draft = try await makeDraft(source)
        do {
            try await DraftFilling(draft: draft, threads: threads, beforeStep: beforeStep).fill(from: source)
            // A cancelled stream may look like one that has ended.
            try Task.checkCancellation()
            try await threads.run("storing \(key)") { [clock, beforeStep] in
                try beforeStep(.finish)
                try draft.finish(modifiedAt: clock.now)
                try publication.publish(draft)
                draft.discard()
                source.removeMovedFile()
            }
        } catch {
            try? await threads.run("discarding a draft") { draft.discard() }
            throw error
        }
    }

    public func delete(_ key: ObjectKey) async throws {
        try await threads.run("deleting \(key)") { [root] in
            let path = ObjectPath(key)
            guard let chain = try FolderChain.open(path.folders, below: root) else { return }
            // Not synced: what a power cut brings back is an object without a row, which the sweeper removes.
            do throws(SystemCallFailed) {
                try chain.last.removeFile(path.file)
            } catch let error where error.number == ENOENT {}
            chain.prune()
        }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try checkListLimit(limit)
        return try await threads.run("listing \(prefix)") { [root] in
            var walk = ObjectWalk(prefix: prefix, after: after, limit: limit)
            try walk.run(from: root)
            return walk.found
        }
    }

    public func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        try signer.sign(key, expires: expires, now: clock.now)
    }

    /// Tries that a file can be made.
    public func check() async throws {
        try await threads.run("checking the object store") { [drafts] in
            try ObjectDraft.make(in: drafts).discard()
        }
    }

    private func openFile(_ key: ObjectKey) async throws -> (file: Descriptor, status: stat) {
        try await threads.run("opening \(key)") { [root] in
            let path = ObjectPath(key)
            do {
                guard let chain = try FolderChain.open(path.folders, below: root) else { throw ANBError.objectNotFound(key) }
                let file = try chain.last.openFile(path.file, O_RDONLY)
                let status = try file.status()
                guard status.isRegularFile else { throw ANBError.objectNotFound(key) }
                return (file, status)
            } catch let failure as SystemCallFailed where failure.meansAbsent {
                throw ANBError.objectNotFound(key)
            }
        }
    }

    private func makeDraft(_ source: ObjectSource) async throws -> ObjectDraft {
        try await threads.run("making a draft") { [drafts, beforeStep] in
            try beforeStep(.makeDraft)
            if case .movingFile(let path) = source, let draft = try ObjectDraft.sharing(path: path, in: drafts) {
                return draft
            }
            return try ObjectDraft.make(in: drafts)
        }
    }
}
