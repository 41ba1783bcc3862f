import ANBCore
import Glibc
import NIOPosix

/// The room below a folder: uploads and videos pass through files, and a full disk fails all of them.
public struct DiskSpace: Sendable {
    /// Bytes that must be free: a few uploads of the default size, and what they become.
    public static let freeBytesMin: Int64 = 512 << 20

    private let path: String
    private let freeBytesMin: Int64

    /// - Parameters:
    ///   - path: A folder, which must exist.
    ///   - freeBytesMin: Bytes that must be free for this user.
    public init(path: String, freeBytesMin: Int64 = freeBytesMin) {
        self.path = path
        self.freeBytesMin = freeBytesMin
    }

    /// Bytes that this user may still write.
    /// - Throws: `ANBError.Code.unavailable` when the folder cannot be asked about.
    public func freeBytes() async throws -> Int64 {
        // A disk of the network may let one wait.
        try await FileThreads(.singleton).run("asking for the room below \(path)") { [path] in
            var room = statvfs()
            guard statvfs(path, &room) == 0 else {
                throw ANBError.unavailable("\(path): \(String(cString: strerror(errno)))")
            }
            return Int64(clamping: UInt64(room.f_bavail) * UInt64(room.f_frsize))
        }
    }

    /// - Throws: `ANBError.Code.unavailable` when there is too little room.
    public func check() async throws {
        let free = try await freeBytes()
        guard free >= freeBytesMin else {
            throw ANBError.unavailable("\(path): \(free >> 20) MiB are free, \(freeBytesMin >> 20) MiB must be")
        }
    }
}
