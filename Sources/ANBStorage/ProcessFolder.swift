import Foundation
import Glibc
import Synchronization

/// A folder of this process for files on their way. What a killed process left in its own is removed by the next one.
///
/// Next to the folder `<id>` lies `<id>.lock`, which the process holds locked while it lives; the kernel ends the lock
/// however the process ends. A lock that can be taken therefore marks a folder without an owner.
final class ProcessFolder: Sendable {
    private static let lockSuffix = ".lock"
    private static let attemptsMax = 100

    /// Absolute, when the parent's is.
    let path: String
    let folder: Folder
    private let lock: Descriptor
    private let nameCount = Atomic<Int>(0)

    private init(path: String, folder: Folder, lock: Descriptor) {
        self.path = path
        self.folder = folder
        self.lock = lock
    }

    /// Makes the folder of this process and removes those of dead ones.
    static func open(in parentPath: String) throws -> ProcessFolder {
        let parent = try Folder.openOrMake(path: parentPath)
        try removeAbandoned(in: parent, parentPath)
        let (id, lock) = try makeLock(in: parent)
        try parent.makeFolder(id)
        return ProcessFolder(path: "\(parentPath)/\(id)", folder: try parent.openFolder(id), lock: lock)
    }

    /// A name that no file in this folder had before.
    func newName() -> String { String(nameCount.add(1, ordering: .relaxed).newValue) }

    private static func makeLock(in parent: Folder) throws -> (id: String, lock: Descriptor) {
        for _ in 0..<attemptsMax {
            let id = UUID().uuidString.lowercased()
            let lock = try parent.makeFile(id + lockSuffix)
            // Another process may have taken the new file for an abandoned one before it was locked here.
            if try lock.tryLock(), try lock.status().st_nlink > 0 { return (id, lock) }
        }
        throw SystemCallFailed(call: "flock", number: EWOULDBLOCK)
    }

    private static func removeAbandoned(in parent: Folder, _ parentPath: String) throws {
        for name in try parent.names() where name.hasSuffix(lockSuffix) {
            guard let lock = try? parent.openFile(name, O_RDWR), try lock.tryLock() else { continue }
            let id = name.dropLast(lockSuffix.count)
            if (try? parent.status(String(id))) != nil { try FileManager.default.removeItem(atPath: "\(parentPath)/\(id)") }
            // Last, so that the folder is still found when this process dies half-way.
            try? parent.removeFile(name)
        }
    }
}
