import ANBCore
import ANBTesting
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ANBStorage

/// A failure at each step of a write, in order, leaves nothing that anybody sees or has to tidy.
@Suite struct WriteFailureTests {
    enum Source: CaseIterable { case bytes, stream, movedFile, copiedFile }

    private static let key = "folder/of/object"

    @Test(arguments: WriteStep.allCases, Source.allCases)
    func leavesNothing(step: WriteStep, source: Source) async throws {
        // A moved file on the same file system is not written again.
        if step == .append && source == .movedFile { return }
        for condition in [WriteCondition.always, .ifAbsent] {
            try await withTemporaryFolder { path in
                let switchboard = FailingStep(step, SystemCallFailed(call: "test", number: ENOSPC))
                let store = try await Self.open(path, switchboard)
                try await Self.withSource(source, near: path) { objectSource, filePath in
                    let error = try await expectError(.overloaded) {
                        try await store.write(try ObjectKey(Self.key), objectSource, condition: condition)
                    }
                    #expect(error.operatorMessage.contains("no space is left"))
                    #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
                    await #expect(throws: ANBError.self) { try await store.info(try ObjectKey(Self.key)) }
                    #expect(try filesBelow(path) == [], "neither drafts nor objects")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects") == [".~writing"])
                    if let filePath { #expect(FileManager.default.fileExists(atPath: filePath)) }

                    switchboard.heal()
                    try await store.write(try ObjectKey(Self.key), objectSource, condition: condition)
                    #expect(try await store.info(try ObjectKey(Self.key)).byteCount == 4)
                    #expect(try filesBelow(path) == ["objects/folder+/of+/object"])
                    if let filePath { #expect(!FileManager.default.fileExists(atPath: filePath)) }
                }
            }
        }
    }

    @Test(arguments: WriteStep.allCases)
    func leavesAWholeObjectWhenReplacing(step: WriteStep) async throws {
        try await withTemporaryFolder { path in
            let switchboard = FailingStep(nil, SystemCallFailed(call: "test", number: EIO))
            let store = try await Self.open(path, switchboard)
            let key = try ObjectKey(Self.key)
            try await store.write(key, .bytes(ByteBuffer(string: "old one")))
            switchboard.fail(at: step)
            try await expectError(.unavailable) { try await store.write(key, .bytes(ByteBuffer(string: "new"))) }
            let found = String(buffer: try await store.read(key).collect(upTo: 100))
            #expect(found == (step == .syncFolders ? "new" : "old one"))
        }
    }

    @Test func makesFoldersAgainThatADeleteRemoved() async throws {
        try await withTemporaryFolder { path in
            let countdown = Mutex(3)
            let store = try await Self.open(path) { step in
                guard step == .place else { return }
                let isRemoved = countdown.withLock { count in
                    count -= 1
                    return count >= 0
                }
                if isRemoved { try FileManager.default.removeItem(atPath: "\(path)/objects/folder+") }
            }
            try await store.write(try ObjectKey(Self.key), .bytes(ByteBuffer(string: "here")), condition: .ifAbsent)
            #expect(try filesBelow(path) == ["objects/folder+/of+/object"])
        }
    }

    private static func open(_ path: String, _ failing: FailingStep) async throws -> FilesystemObjectStore {
        try await open(path) { try failing.pass($0) }
    }

    private static func open(
        _ path: String, beforeStep: @escaping @Sendable (WriteStep) throws -> Void
    ) async throws -> FilesystemObjectStore {
        try await FilesystemObjectStore.open(
            root: "\(path)/objects", signer: .forTests(), clock: SystemClock(), threads: .singleton, beforeStep: beforeStep)
    }

    private static func withSource(
        _ source: Source, near path: String, _ body: (ObjectSource, _ filePath: String?) async throws -> Void
    ) async throws {
        switch source {
        case .bytes: try await body(.bytes(ByteBuffer(string: "abcd")), nil)
        case .stream: try await body(.stream(ChunkSource(["ab", "cd"]), byteCount: 4), nil)
        case .movedFile: try await withFile(in: FileManager.default.temporaryDirectory.path, body)
        case .copiedFile: try await withFile(in: "/dev/shm", body)
        }
    }

    private static func withFile(
        in parent: String, _ body: (ObjectSource, _ filePath: String?) async throws -> Void
    ) async throws {
        try await withTemporaryFolder(in: parent) { folder in
            try Data("abcd".utf8).write(to: URL(filePath: "\(folder)/file"))
            try await body(.movingFile(path: "\(folder)/file"), "\(folder)/file")
        }
    }
}

/// Throws at one step until healed.
private final class FailingStep: Sendable {
    private let step: Mutex<WriteStep?>
    private let failure: SystemCallFailed

    init(_ step: WriteStep?, _ failure: SystemCallFailed) {
        self.step = Mutex(step)
        self.failure = failure
    }

    func fail(at step: WriteStep) { self.step.withLock { $0 = step } }
    func heal() { step.withLock { $0 = nil } }
    func pass(_ step: WriteStep) throws { if self.step.withLock({ $0 == step }) { throw failure } }
}

/// Paths of all regular files below a folder but the locks of living processes, relative and sorted.
func filesBelow(_ path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path)
        .filter { try FileManager.default.attributesOfItem(atPath: "\(path)/\($0)")[.type] as? FileAttributeType == .typeRegular }
        .filter { !$0.hasSuffix(".lock") }
        .sorted()
}
