import ANBCore
import Glibc

/// Lists objects in key order, depth first. Holds the names of the folders on the way in memory, never those of the
/// whole tree, and opens only folders that can have something to say.
struct ObjectWalk {
    let prefix: String
    let after: String
    let limit: Int
    private(set) var found: [ObjectInfo] = []

    init(prefix: String, after: ObjectKey?, limit: Int) {
        self.prefix = prefix
        self.after = after?.description ?? ""
        self.limit = limit
    }

    /// - Parameter root: The store's.
    mutating func run(from root: Folder) throws {
        guard let slash = prefix.lastIndex(of: "/"), slash > prefix.startIndex else { return try visit(root, stem: "") }
        // Straight to the deepest folder that holds all matches; its neighbours may be many.
        guard let key = try? ObjectKey(String(prefix[..<slash])) else { return }
        var folder = root
        for name in ObjectPath.folders(below: key) {
            guard let next = try folder.openFolderIfThere(name) else { return }
            folder = next
        }
        try visit(folder, stem: "\(key)/")
    }

    private mutating func visit(_ folder: Folder, stem: String) throws {
        for entry in try entries(of: folder, stem: stem) {
            if found.count == limit { return }
            if case .object = entry.name {
                try note(entry, in: folder)
            } else if let below = try folder.openFolderIfThere(entry.name.text) {
                try visit(below, stem: entry.stem)
            }
        }
    }

    private typealias Entry = (stem: String, name: EntryName)

    private func entries(of folder: Folder, stem: String) throws -> [Entry] {
        try folder.names()
            .compactMap { text in EntryName(text).map { (stem + $0.stem, $0) } }
            .filter(isWanted)
            .sorted { $0.stem < $1.stem }
    }

    private func isWanted(_ entry: Entry) -> Bool {
        if case .object = entry.name { return entry.stem.hasPrefix(prefix) && entry.stem > after }
        let mayMatch = entry.stem.hasPrefix(prefix) || prefix.hasPrefix(entry.stem)
        return mayMatch && (entry.stem > after || after.hasPrefix(entry.stem))
    }

    private mutating func note(_ entry: Entry, in folder: Folder) throws {
        guard let status = try folder.statusIfThere(entry.name.text), status.isRegularFile else { return }
        found.append(
            ObjectInfo(key: try ObjectKey(entry.stem), byteCount: Int64(status.st_size), modifiedAt: status.modifiedAt))
    }
}

extension Folder {
    /// `nil` also for what is no folder.
    func openFolderIfThere(_ name: String) throws(SystemCallFailed) -> Folder? {
        do {
            return try openFolder(name)
        } catch let error where error.meansAbsent {
            return nil
        }
    }

    func statusIfThere(_ name: String) throws(SystemCallFailed) -> stat? {
        do {
            return try status(name)
        } catch let error where error.meansAbsent {
            return nil
        }
    }
}

extension SystemCallFailed {
    /// There is nothing of that name, or something that is never followed or opened.
    var meansAbsent: Bool { [ENOENT, ENOTDIR, ELOOP].contains(number) }
}
