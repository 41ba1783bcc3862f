import ANBCore
import Foundation
import NIOCore

extension ObjectStoreSuite {
    static let deleting: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("a deleted object is gone") { store in
            try await store.put("a/b")
            try await store.delete(try ObjectKey("a/b"))
            try await store.expectAbsent("a/b")
        },
        ConformanceCase("deleting what is absent succeeds") { store in
            try await store.put("a/b")
            for key in ["a", "a/b/c", "x", "x/y/z"] { try await store.delete(try ObjectKey(key)) }
            try expectEqual(try await store.keys(), ["a/b"])
        },
        ConformanceCase("a delete leaves the keys above, below and beside it") { store in
            for key in ["a", "a/b", "a/b/c", "a/c"] { try await store.put(key) }
            try await store.delete(try ObjectKey("a/b"))
            try expectEqual(try await store.keys(), ["a", "a/b/c", "a/c"])
        },
    ]

    static let moving: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("a moved file becomes the object and is gone from its path") { store in
            try await withLocalFile("from a file") { path in
                try await store.write(try ObjectKey("a/b"), .movingFile(path: path))
                try expectEqual(try await store.text("a/b"), "from a file")
                try expect(!FileManager.default.fileExists(atPath: path), "the file is still there")
            }
        },
        ConformanceCase("a moved file replaces an object") { store in
            try await store.put("a", "old")
            try await withLocalFile("new") { try await store.write(try ObjectKey("a"), .movingFile(path: $0)) }
            try expectEqual(try await store.text("a"), "new")
        },
        ConformanceCase("a moved file may be empty") { store in
            try await withLocalFile("") { try await store.write(try ObjectKey("a"), .movingFile(path: $0)) }
            try expectEqual(try await store.text("a"), "")
        },
        ConformanceCase("a file whose move fails stays where it is") { store in
            try await store.put("a", "old")
            try await withLocalFile("new") { path in
                try await expectError(.preconditionFailed) {
                    try await store.write(try ObjectKey("a"), .movingFile(path: path), condition: .ifAbsent)
                }
                try expectEqual(try String(contentsOfFile: path, encoding: .utf8), "new")
            }
            try expectEqual(try await store.text("a"), "old")
        },
        ConformanceCase("moving a file that is not there, or is a folder, fails and leaves no object") { store in
            for path in ["/nonexistent/file", FileManager.default.temporaryDirectory.path] {
                do {
                    try await store.write(try ObjectKey("a"), .movingFile(path: path))
                    throw ConformanceFailure("moving \(path) succeeded")
                } catch is ANBError {}
                try await store.expectAbsent("a")
            }
        },
    ]

    private static func withLocalFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "anb-suite-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        try await body(path)
    }
}
