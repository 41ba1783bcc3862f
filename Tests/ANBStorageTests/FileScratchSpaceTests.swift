import ANBCore
import ANBTesting
import Crypto
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import ANBStorage

@Suite struct FileScratchSpaceTests {
    @Test func aFileKeepsAndHashesWhatIsAppended() async throws {
        try await withTemporaryFolder { root in
            let file = try await FileScratchSpace.open(root: root).makeFile()
            let chunks = (0..<20).map { ByteBuffer(repeating: UInt8($0), count: 10_000) }
            var whole = Data()
            for chunk in chunks {
                try await file.append(chunk)
                whole.append(contentsOf: chunk.readableBytesView)
            }
            let digest = try await file.close()
            #expect(digest == FileDigest(byteCount: 200_000, sha256: SHA256.hash(data: whole).lowercaseHex))
            #expect(try Data(contentsOf: URL(filePath: file.path)) == whole)
        }
    }

    @Test func anEmptyFileHasTheHashOfNothing() async throws {
        try await withTemporaryFolder { root in
            let digest = try await FileScratchSpace.open(root: root).makeFile().close()
            #expect(digest.byteCount == 0)
            #expect(digest.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        }
    }

    @Test func aClosedFileTakesNoMore() async throws {
        try await withTemporaryFolder { root in
            let file = try await FileScratchSpace.open(root: root).makeFile()
            _ = try await file.close()
            try await expectError(.internal) { try await file.append(ByteBuffer(string: "late")) }
            try await expectError(.internal) { try await file.close() }
        }
    }

    @Test func discardingIsHarmlessAtAnyTime() async throws {
        try await withTemporaryFolder { root in
            let space = try await FileScratchSpace.open(root: root)
            let open = try await space.makeFile()
            await open.discard()
            await open.discard()
            let closed = try await space.makeFile()
            _ = try await closed.close()
            await closed.discard()
            #expect(try filesBelow(root) == [])
        }
    }

    @Test func filesAndFoldersAreTheOwnersOnly() async throws {
        try await withTemporaryFolder { root in
            let space = try await FileScratchSpace.open(root: root)
            let paths = [try await space.makeFile().path, try await space.makeDirectory()]
            let modes = try paths.map { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int }
            #expect(modes == [0o600, 0o700])
        }
    }

    @Test func namesNeverRepeat() async throws {
        try await withTemporaryFolder { root in
            let space = try await FileScratchSpace.open(root: root)
            var paths: Set<String> = []
            for _ in 0..<10 {
                let file = try await space.makeFile()
                paths.insert(file.path)
                await file.discard()
                paths.insert(try await space.makeDirectory())
            }
            #expect(paths.count == 20)
        }
    }

    @Test func aFolderGoesWithAllItHolds() async throws {
        try await withTemporaryFolder { root in
            let space = try await FileScratchSpace.open(root: root)
            let path = try await space.makeDirectory()
            try FileManager.default.createDirectory(atPath: "\(path)/a/b", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: "\(path)/a/b/c"))
            try await space.removeDirectory(path)
            try await space.removeDirectory(path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func otherFoldersAreNotRemoved() async throws {
        try await withTemporaryFolder { root in
            let space = try await FileScratchSpace.open(root: root)
            let own = try await space.makeDirectory()
            let neighbour = try await FileScratchSpace.open(root: root).makeDirectory()
            for path in [root, neighbour, "\(own)/..", "\(own)/../1", "", "/"] {
                try await expectError(.internal) { try await space.removeDirectory(path) }
            }
            #expect(FileManager.default.fileExists(atPath: neighbour))
        }
    }

    @Test func whatADeadProcessLeftIsRemovedAndALivingOnesIsKept() async throws {
        try await withTemporaryFolder { root in
            let living = try await FileScratchSpace.open(root: root)
            let kept = try await living.makeFile()
            var dead: FileScratchSpace? = try await FileScratchSpace.open(root: root)
            let left = try #require(try await dead?.makeFile().path)
            // The kernel ends a dead process's lock just as closing does.
            dead = nil

            _ = try await FileScratchSpace.open(root: root)
            #expect(FileManager.default.fileExists(atPath: kept.path))
            #expect(!FileManager.default.fileExists(atPath: left))
            try await kept.append(ByteBuffer(string: "still works"))
            #expect(try await kept.close().byteCount == 11)
        }
    }

    @Test func manyMayOpenAtOnce() async throws {
        try await withTemporaryFolder { root in
            let paths = try await withThrowingTaskGroup(of: (FileScratchSpace, String).self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let space = try await FileScratchSpace.open(root: root)
                        return (space, try await space.makeFile().path)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(paths.allSatisfy { FileManager.default.fileExists(atPath: $0.1) })
        }
    }

    @Test func aFullDiskIsOverloadedWithAClearLine() async throws {
        try await withTemporaryFolder { root in
            let full = Descriptor(adopting: Glibc.open("/dev/full", O_WRONLY))
            let file = HashedScratchFile(path: "\(root)/file", file: full, threads: FileThreads(.singleton))
            let error = try await expectError(.overloaded) { try await file.append(ByteBuffer(string: "x")) }
            #expect(error.operatorMessage.contains("no space is left on the file system"))
            #expect(error.operatorMessage.contains("\(root)/file"))
            #expect(!error.userMessage.contains(root))
        }
    }

    @Test(arguments: [
        (ENOSPC, ANBError.Code.overloaded), (EDQUOT, .overloaded), (EMFILE, .overloaded), (EROFS, .unavailable),
        (EACCES, .unavailable), (EIO, .unavailable),
    ])
    func everyFailureMayBeRetriedLater(number: Int32, code: ANBError.Code) {
        let error = SystemCallFailed(call: "write", number: number).translated(doing: "storing x")
        #expect(error.code == code)
        #expect(error.recovery != .never)
    }
}
