import ANBCore
import NIOCore

extension ObjectStoreSuite {
    /// In key order. Neighbours of `/` in the alphabet, keys below keys, and long segments around where a file system
    /// has to cut names.
    private static let awkwardKeys: [String] = {
        let long = String(repeating: "m", count: 200)
        let ends = ["", "-", ".", "/", "0", "=", "A", "_", "z"].flatMap { middle in
            ["a", "a/b", "q", long.dropLast() + "", long, long + "m", long + long + "x"].map { $0 + middle + "x" }
        }
        return Set(ends + ["a", long, long + "/y", long + "-y", long + "0y"]).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }()

    private static func fill(_ store: any ObjectStore, _ keys: [String]) async throws {
        for key in keys.reversed() { try await store.put(key) }
    }

    static let listing: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("an empty store lists nothing") { store in
            try expectEqual(try await store.keys(), [])
            try expectEqual(try await store.keys(prefix: "a/"), [])
        },
        ConformanceCase("a listing is ordered by key bytes") { store in
            try await fill(store, awkwardKeys)
            try expectEqual(try await store.keys(), awkwardKeys)
        },
        ConformanceCase("every page size gives the same listing") { store in
            try await fill(store, awkwardKeys)
            for limit in [1, 7, awkwardKeys.count] {
                var found: [String] = []
                try await store.forEachPage(prefix: "", limit: limit) { page in
                    try expect(page.count <= limit, "a page of \(page.count)")
                    found += page.map(\.key.description)
                }
                try expectEqual(found, awkwardKeys, "pages of \(limit)")
            }
        },
        ConformanceCase("a prefix may end anywhere") { store in
            try await fill(store, awkwardKeys)
            let prefixes = Set(awkwardKeys.flatMap { key in [1, 2, 3, 4, 199, 200, 201, 202].map { String(key.prefix($0)) } })
            for prefix in prefixes {
                let expected = awkwardKeys.filter { $0.hasPrefix(prefix) }
                try expectEqual(try await store.keys(prefix: prefix), expected, "prefix \(prefix)")
            }
        },
        ConformanceCase("a prefix that is a folder leaves out its namesakes") { store in
            try await fill(store, ["v/1", "v/1/a", "v/1/b/c", "v/10/a", "v/2/a"])
            try expectEqual(try await store.keys(prefix: "v/1/"), ["v/1/a", "v/1/b/c"])
            try expectEqual(try await store.keys(prefix: "v/1"), ["v/1", "v/1/a", "v/1/b/c", "v/10/a"])
        },
        ConformanceCase("a prefix that no key can have matches nothing") { store in
            try await fill(store, ["a/b", "etc"])
            for prefix in ["/", "../", "a//", "a/../", "./", "é", "a/b/", "a/b/c/d"] {
                try expectEqual(try await store.keys(prefix: prefix), [], "prefix \(prefix)")
            }
        },
        ConformanceCase("a listing starts after a key, whether that key exists or not") { store in
            try await fill(store, ["a", "a/b", "a/d", "b"])
            try expectEqual(try await store.keys(after: "a"), ["a/b", "a/d", "b"])
            try expectEqual(try await store.keys(after: "a/c"), ["a/d", "b"])
            try expectEqual(try await store.keys(after: "a/b/z"), ["a/d", "b"])
            try expectEqual(try await store.keys(prefix: "a/", after: "a/b"), ["a/d"])
            try expectEqual(try await store.keys(after: "b"), [])
        },
        ConformanceCase("a listing starts after every key once") { store in
            try await fill(store, awkwardKeys)
            for (index, key) in awkwardKeys.enumerated() {
                try expectEqual(try await store.keys(after: key, limit: 1).first, awkwardKeys.dropFirst(index + 1).first)
            }
        },
        ConformanceCase("a limit outside of 1…1,000 is refused") { store in
            for limit in [0, 1001, -1] {
                try await expectError(.invalidRequest) { try await store.list(prefix: "", after: nil, limit: limit) }
            }
        },
        ConformanceCase("a listing tells each object's size") { store in
            try await store.put("a", "12345")
            try await store.put("b/c", "")
            try expectEqual(try await store.list(prefix: "", after: nil, limit: 10).map(\.byteCount), [5, 0])
        },
        ConformanceCase("paging goes on correctly while what was listed is deleted") { store in
            let keys = (10..<40).map { "v/\($0 % 3)/\($0)" }.sorted()
            try await fill(store, keys)
            var found: [String] = []
            try await store.forEachPage(prefix: "v/", limit: 4) { page in
                found += page.map(\.key.description)
                for object in page { try await store.delete(object.key) }
            }
            try expectEqual(found, keys)
            try expectEqual(try await store.keys(), [])
        },
        ConformanceCase("deleting all below a prefix leaves the rest") { store in
            try await fill(store, ["v/1", "v/1/a", "v/1/b/c", "v/10/a"])
            try await store.deleteAll(prefix: "v/1/")
            try expectEqual(try await store.keys(), ["v/1", "v/10/a"])
        },
    ]
}
