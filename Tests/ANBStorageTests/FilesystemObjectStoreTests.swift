import ANBCore
import ANBTesting
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import ANBStorage

@Suite struct FilesystemObjectStoreTests {
    private func withStore(
        clock: any WallClock = SystemClock(), _ body: (FilesystemObjectStore, _ root: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { path in
            let root = "\(path)/a/new/root"
            try await body(try await .open(root: root, signer: .forTests(), clock: clock), root)
        }
    }

    private func put(_ store: FilesystemObjectStore, _ key: String, _ text: String = "x") async throws {
        try await store.write(try ObjectKey(key), .bytes(ByteBuffer(string: text)))
    }

    @Test func objectsSurviveReopening() async throws {
        try await withStore { store, root in
            try await put(store, "a/b", "still here")
            let next = try await FilesystemObjectStore.open(root: root, signer: .forTests())
            let body = try await next.read(try ObjectKey("a/b"))
            #expect(String(buffer: try await body.collect(upTo: 100)) == "still here")
        }
    }

    @Test func onlyTheOwnerMayReadFiles() async throws {
        try await withStore { store, root in
            try await put(store, "a/b")
            let modes = try ["a+", "a+/b", ".~writing"].map {
                try FileManager.default.attributesOfItem(atPath: "\(root)/\($0)")[.posixPermissions] as? Int
            }
            #expect(modes == [0o700, 0o600, 0o700])
        }
    }

    @Test func deletingPrunesFolders() async throws {
        try await withStore { store, root in
            try await put(store, "a/b/c/d")
            try await put(store, "a/x")
            try await store.delete(try ObjectKey("a/b/c/d"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/a+") == ["x"])
            try await store.delete(try ObjectKey("a/x"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [".~writing"])
        }
    }

    @Test func modificationTimeIsTheClocks() async throws {
        let clock = ManualClock()
        try await withStore(clock: clock) { store, _ in
            clock.advance(by: .milliseconds(1_234))
            try await put(store, "a")
            #expect(try await store.info(try ObjectKey("a")).modifiedAt == clock.now)
        }
    }

    @Test func aFileOfTheSameFileSystemIsNotCopied() async throws {
        try await withStore { store, root in
            let path = "\(root)/../moving"
            try Data("moved".utf8).write(to: URL(filePath: path))
            let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
            try await store.write(try ObjectKey("a"), .movingFile(path: path))
            let after = try FileManager.default.attributesOfItem(atPath: "\(root)/a")[.systemFileNumber] as? UInt64
            #expect(before != nil && before == after)
        }
    }

    @Test func aFileOfAnotherFileSystemIsCopied() async throws {
        try await withStore { store, _ in
            try await withTemporaryFolder(in: "/dev/shm") { other in
                let path = "\(other)/moving"
                let bytes = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
                try bytes.write(to: URL(filePath: path))
                try await store.write(try ObjectKey("a"), .movingFile(path: path))
                let found = try await store.read(try ObjectKey("a")).collect(upTo: 1 << 20)
                #expect(Data(found.readableBytesView) == bytes)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test func aSymbolicLinkCannotBeMovedIn() async throws {
        try await withStore { store, root in
            let path = "\(root)/../link"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
            await #expect(throws: ANBError.self) { try await store.write(try ObjectKey("a"), .movingFile(path: path)) }
            #expect(try filesBelow(root) == [])
        }
    }

    @Test func aPipeCannotBeMovedInAndIsNotWaitedFor() async throws {
        try await withStore { store, root in
            let path = "\(root)/../pipe"
            #expect(mkfifo(path, 0o600) == 0)
            try await expectError(.internal) { try await store.write(try ObjectKey("a"), .movingFile(path: path)) }
            #expect(try filesBelow(root) == [])
        }
    }

    @Test func linksOutOfTheRootAreNotFollowed() async throws {
        try await withStore { store, root in
            try await withTemporaryFolder { outside in
                try Data("secret".utf8).write(to: URL(filePath: "\(outside)/secret"))
                try FileManager.default.createSymbolicLink(atPath: "\(root)/folder+", withDestinationPath: outside)
                try FileManager.default.createSymbolicLink(atPath: "\(root)/file", withDestinationPath: "\(outside)/secret")

                for key in try [ObjectKey("folder/secret"), ObjectKey("file")] {
                    try await expectError(.notFound) { try await store.read(key) }
                    try await expectError(.notFound) { try await store.info(key) }
                }
                #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
                await #expect(throws: ANBError.self) { try await put(store, "folder/new") }
                try await store.delete(try ObjectKey("folder/secret"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["secret"])
            }
        }
    }

    @Test func foreignFilesAreNotListed() async throws {
        try await withStore { store, root in
            try await put(store, "a")
            for name in ["with space", "ünïcode", "%41", "é+"] {
                try Data().write(to: URL(filePath: "\(root)/\(name)"))
            }
            #expect(try await store.list(prefix: "", after: nil, limit: 10).map(\.key.description) == ["a"])
        }
    }

    @Test func draftsOfDeadProcessesAreRemovedAndThoseOfLivingOnesKept() async throws {
        try await withStore { store, root in
            let draft = "\(root)/.~writing/dead/17"
            try FileManager.default.createDirectory(atPath: "\(root)/.~writing/dead", withIntermediateDirectories: false)
            try Data("half".utf8).write(to: URL(filePath: draft))
            try Data().write(to: URL(filePath: "\(root)/.~writing/dead.lock"))

            let (stalls, stalled) = AsyncStream.makeStream(of: Void.self)
            let source = StallingSource(ByteBuffer(string: "half")) { stalled.yield() }
            let write = Task { try await store.write(try ObjectKey("a"), .stream(source, byteCount: nil)) }
            for await _ in stalls { break }

            let next = try await FilesystemObjectStore.open(root: root, signer: .forTests())
            #expect(try filesBelow(root).count == 1, "only the draft of the living store")
            #expect(!FileManager.default.fileExists(atPath: draft))
            #expect(!FileManager.default.fileExists(atPath: "\(root)/.~writing/dead.lock"))
            #expect(try await next.list(prefix: "", after: nil, limit: 10).isEmpty)
            write.cancel()
            await #expect(throws: (any Error).self) { try await write.value }
            #expect(try filesBelow(root) == [])
        }
    }

    @Test func readsCloseTheFileWhereverTheyStop() async throws {
        try await withTemporaryFolder { path in
            let threads = NIOThreadPool(numberOfThreads: 2)
            threads.start()
            let store = try await FilesystemObjectStore.open(root: "\(path)/root", signer: .forTests(), threads: threads)
            let key = try ObjectKey("a")
            try await store.write(key, .bytes(ByteBuffer(repeating: 1, count: 1 << 20)))
            for try await _ in try await store.read(key).chunks { break }
            _ = try await store.read(key)
            _ = try await store.read(key).collect(upTo: 1 << 20)
            _ = try await store.info(key)
            try await expectError(.invalidRequest) { try await store.read(key, range: (1 << 20)..<(2 << 20)) }
            let reading = Task {
                for try await _ in try await store.read(key).chunks { try await Task.sleep(for: .seconds(600)) }
            }
            reading.cancel()
            _ = await reading.result
            let held = try await store.read(key)
            #expect(try openPaths().contains("\(path)/root/a"), "the test sees open files")
            withExtendedLifetime(held) {}
            _ = consume held
            // A thread that has just answered may still hold what it worked on.
            try await threads.shutdownGracefully()
            #expect(try !openPaths().contains("\(path)/root/a"))
        }
    }

    @Test func aFolderThatCannotBeUsedIsOneClearLine() async throws {
        try await withTemporaryFolder { path in
            try Data().write(to: URL(filePath: "\(path)/file"))
            let error = try await expectError(.misconfigured) {
                try await FilesystemObjectStore.open(root: "\(path)/file/objects", signer: .forTests())
            }
            #expect(error.operatorMessage.contains("\(path)/file/objects"))
            #expect(!error.operatorMessage.contains("\n"))
        }
    }

    @Test func checkNoticesThatTheFolderIsGone() async throws {
        try await withStore { store, root in
            try await store.check()
            try FileManager.default.removeItem(atPath: root)
            try await expectError(.unavailable) { try await store.check() }
        }
    }

    @Test func aPoolThatWasShutDownIsAnError() async throws {
        try await withTemporaryFolder { path in
            let threads = NIOThreadPool(numberOfThreads: 1)
            threads.start()
            let store = try await FilesystemObjectStore.open(root: path, signer: .forTests(), threads: threads)
            try await threads.shutdownGracefully()
            try await expectError(.unavailable) { try await put(store, "a") }
        }
    }

    @Test func signedURLsAreTheAPIServers() async throws {
        let clock = ManualClock()
        try await withStore(clock: clock) { store, _ in
            let key = try ObjectKey("a/b.mp4")
            let expires = clock.now.seconds + 3600
            let expected = try LocalURLSigner.forTests().sign(key, expires: expires)
            #expect(try await store.signedURL(for: key, expires: .seconds(3600)) == expected)
            #expect(
                try await MemoryObjectStore(signer: .forTests(), clock: clock).signedURL(for: key, expires: .seconds(3600))
                    == expected)
        }
    }
}

/// What the descriptors of this process point at.
private func openPaths() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
}
