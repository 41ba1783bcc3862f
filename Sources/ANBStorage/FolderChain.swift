import Glibc

/// The open folders from the root to the one that holds an object.
struct FolderChain {
    /// The root first; one more than ``names``.
    private(set) var folders: [Folder]
    private(set) var names: [String] = []

    init(root: Folder) { folders = [root] }

    /// The folder that holds the object.
    var last: Folder { folders[folders.count - 1] }

    /// - Returns: `nil` when one of the folders is not there.
    static func open(_ names: [String], below root: Folder) throws(SystemCallFailed) -> FolderChain? {
        var chain = FolderChain(root: root)
        for name in names {
            guard let folder = try chain.last.openFolderIfThere(name) else { return nil }
            chain.append(name, folder)
        }
        return chain
    }

    /// - Throws: `ENOENT` when a delete at the same time removes one of the folders again.
    static func openOrMake(_ names: [String], below root: Folder) throws(SystemCallFailed) -> FolderChain {
        var chain = FolderChain(root: root)
        for name in names {
            try chain.last.makeFolder(name)
            chain.append(name, try chain.last.openFolder(name))
        }
        return chain
    }

    /// Makes the names in all of them durable. All, because another writer may have made one a moment ago and not be
    /// through with its own `sync` yet.
    func sync() throws(SystemCallFailed) {
        for folder in folders.reversed() { try folder.sync() }
    }

    /// Removes folders that are empty, from the deepest up. The kernel refuses to remove one in which a writer has put
    /// something meanwhile, and refuses to put anything into one that is removed.
    func prune() {
        for (index, name) in names.enumerated().reversed() {
            guard (try? folders[index].removeFolder(name)) != nil else { return }
        }
    }

    private mutating func append(_ name: String, _ folder: Folder) {
        names.append(name)
        folders.append(folder)
    }
}
