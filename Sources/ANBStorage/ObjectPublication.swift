import ANBCore
import Glibc

/// The steps of a write that can fail one by one; tests make them.
enum WriteStep: CaseIterable, Sendable {
    case makeDraft, append, finish, makeFolders, place, syncFolders
}

/// Gives a finished draft its place among the objects. Blocks.
struct ObjectPublication: Sendable {
    /// How often a folder may be removed by deletes between its making and its use.
    private static let attemptsMax = 100

    let root: Folder
    let key: ObjectKey
    let condition: WriteCondition
    let beforeStep: @Sendable (WriteStep) throws -> Void

    /// - Throws: `preconditionFailed` when the condition does not hold. After any error there is no new object.
    func publish(_ draft: ObjectDraft) throws {
        let path = ObjectPath(key)
        for attempt in 1... {
            do {
                return try publish(draft, at: path)
            } catch let failure as SystemCallFailed where failure.number == ENOENT && attempt < Self.attemptsMax {
                continue
            }
        }
    }

    private func publish(_ draft: ObjectDraft, at path: ObjectPath) throws {
        try beforeStep(.makeFolders)
        let chain = try FolderChain.openOrMake(path.folders, below: root)
        var isNew = false
        do {
            try beforeStep(.place)
            isNew = try place(draft, path.file, in: chain.last)
            try beforeStep(.syncFolders)
            try chain.sync()
        } catch {
            // A replaced object cannot be brought back; the new one is whole, only its durability is unknown.
            if isNew { try? chain.last.removeFile(path.file) }
            chain.prune()
            throw error
        }
    }

    /// - Returns: Whether there was no object.
    private func place(_ draft: ObjectDraft, _ name: String, in folder: Folder) throws -> Bool {
        switch condition {
        case .always:
            let isNew = try folder.statusIfThere(name) == nil
            try draft.replace(name, in: folder)
            return isNew
        case .ifAbsent:
            do {
                try draft.create(name, in: folder)
                return true
            } catch let error where error.number == EEXIST {
                throw ANBError.objectExists(key)
            }
        }
    }
}
