import Glibc

/// An open folder. Every name is taken relative to it and no symbolic link is followed, so nothing that somebody
/// plants below a root leads out of it.
struct Folder: Sendable {
    static let fileMode: mode_t = 0o600
    static let folderMode: mode_t = 0o700

    let descriptor: Descriptor

    private var number: Int32 { descriptor.number }

    /// Opens the folder at a path, which is the operator's and may be a link; makes it when it is not there.
    static func openOrMake(path: String) throws(SystemCallFailed) -> Folder {
        do {
            return try open(path: path)
        } catch let error where error.number == ENOENT {
            let parentPath = path.parentPath
            guard parentPath != path else { throw error }
            let parent = try openOrMake(path: parentPath)
            let made = mkdir(path, folderMode)
            if made != 0 && errno != EEXIST { throw SystemCallFailed(call: "mkdir", number: errno) }
            try parent.sync()
            return try open(path: path)
        }
    }

    private static func open(path: String) throws(SystemCallFailed) -> Folder {
        let number = try system("open") { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        return Folder(descriptor: Descriptor(adopting: number))
    }

    func openFolder(_ name: String) throws(SystemCallFailed) -> Folder {
        Folder(descriptor: try openFile(name, O_RDONLY | O_DIRECTORY))
    }

    /// - Parameter flags: As of `open(2)`.
    func openFile(_ name: String, _ flags: Int32) throws(SystemCallFailed) -> Descriptor {
        // O_NONBLOCK: opening a planted FIFO must not wait for its other end.
        let flags = flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        return Descriptor(adopting: try system("openat") { openat(number, name, flags, Self.fileMode) })
    }

    /// A new file, open for writing.
    func makeFile(_ name: String) throws(SystemCallFailed) -> Descriptor {
        try openFile(name, O_RDWR | O_CREAT | O_EXCL)
    }

    /// Does nothing when the folder exists.
    func makeFolder(_ name: String) throws(SystemCallFailed) {
        do {
            try system("mkdirat") { mkdirat(number, name, Self.folderMode) }
        } catch let error where error.number == EEXIST {}
    }

    func status(_ name: String) throws(SystemCallFailed) -> stat {
        var status = stat()
        try system("fstatat") { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        return status
    }

    func removeFile(_ name: String) throws(SystemCallFailed) { try system("unlinkat") { unlinkat(number, name, 0) } }

    /// Only an empty one.
    func removeFolder(_ name: String) throws(SystemCallFailed) {
        try system("unlinkat") { unlinkat(number, name, AT_REMOVEDIR) }
    }

    /// Gives a file a name here, replacing what had it.
    func move(_ name: String, of other: Folder, to newName: String) throws(SystemCallFailed) {
        try system("renameat") { renameat(other.number, name, number, newName) }
    }

    /// Gives a file one more name here, unless the name is taken.
    func link(_ name: String, of other: Folder, as newName: String) throws(SystemCallFailed) {
        try system("linkat") { linkat(other.number, name, number, newName, 0) }
    }

    /// Gives the file at a path one more name here, unless the name is taken.
    func link(path: String, as newName: String) throws(SystemCallFailed) {
        try system("linkat") { linkat(AT_FDCWD, path, number, newName, 0) }
    }

    /// Returns when the folder's names survive a power cut.
    func sync() throws(SystemCallFailed) { try descriptor.sync() }

    /// Everything in it, in no order.
    func names() throws(SystemCallFailed) -> [String] {
        // A second description, because reading moves the position that all users of one description share.
        let copy = try system("openat") { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let failure = SystemCallFailed(call: "fdopendir", number: errno)
            close(copy)
            throw failure
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemCallFailed(call: "readdir", number: errno) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
    }
}

extension String {
    /// `/a` for `/a/b`, `.` for `b`, `/` for `/`.
    fileprivate var parentPath: String {
        let trimmed = String(trimmingSuffix("/"))
        guard let slash = trimmed.lastIndex(of: "/") else { return trimmed.isEmpty ? self : "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    private func trimmingSuffix(_ character: Character) -> Substring {
        var rest = self[...]
        while rest.count > 1, rest.last == character { rest.removeLast() }
        return rest
    }
}
