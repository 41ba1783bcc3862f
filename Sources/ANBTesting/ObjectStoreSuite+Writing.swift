import ANBCore
import NIOCore

private struct SourceBroke: Error {}

extension ObjectStoreSuite {
    static let writing: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("a written object reads back") { store in
            try await store.put("videos/1/clip.mp4", "hello")
            try expectEqual(try await store.text("videos/1/clip.mp4"), "hello")
        },
        ConformanceCase("an object may be empty") { store in
            try await store.put("empty", "")
            try expectEqual(try await store.text("empty"), "")
            try expectEqual(try await store.info(try ObjectKey("empty")).byteCount, 0)
        },
        ConformanceCase("a write replaces the object, shorter or longer") { store in
            for text in ["first", "2", "the third"] {
                try await store.put("a", text)
                try expectEqual(try await store.text("a"), text)
            }
            try expectEqual(try await store.keys(), ["a"])
        },
        ConformanceCase("a stream of unknown length is stored whole") { store in
            let source = ObjectSource.stream(ChunkSource(["ab", "", "cd", "e"]), byteCount: nil)
            try await store.write(try ObjectKey("a"), source)
            try expectEqual(try await store.text("a"), "abcde")
        },
        ConformanceCase("a stream of the promised length is stored whole") { store in
            try await store.write(try ObjectKey("a"), .stream(ChunkSource(["ab", "cde"]), byteCount: 5))
            try expectEqual(try await store.text("a"), "abcde")
        },
        ConformanceCase("a stream without chunks makes an empty object") { store in
            try await store.write(try ObjectKey("a"), .stream(ChunkSource([String]()), byteCount: 0))
            try expectEqual(try await store.text("a"), "")
        },
        ConformanceCase("a stream that ends early leaves no object") { store in
            try await expectError(.invalidRequest) {
                try await store.write(try ObjectKey("a"), .stream(ChunkSource(["ab", "cd"]), byteCount: 5))
            }
            try await store.expectAbsent("a")
        },
        ConformanceCase("a stream that runs long leaves no object") { store in
            try await expectError(.invalidRequest) {
                try await store.write(try ObjectKey("a"), .stream(ChunkSource(["ab", "cd"]), byteCount: 3))
            }
            try await store.expectAbsent("a")
        },
        ConformanceCase("a stream that throws leaves no object, and its error reaches the caller") { store in
            do {
                let source = ChunkSource(["ab"], failure: SourceBroke())
                try await store.write(try ObjectKey("a/b"), .stream(source, byteCount: nil))
                throw ConformanceFailure("the write succeeded")
            } catch is SourceBroke {}
            try await store.expectAbsent("a/b")
        },
        ConformanceCase("a failed write leaves the object that was there") { store in
            try await store.put("a", "old")
            try await expectError(.invalidRequest) {
                try await store.write(try ObjectKey("a"), .stream(ChunkSource(["new", "er"]), byteCount: 9))
            }
            try expectEqual(try await store.text("a"), "old")
        },
        ConformanceCase("a cancelled write leaves no object, even when its source seems to end") { store in
            let (stalls, stalled) = AsyncStream.makeStream(of: Void.self)
            let source = StallingSource(ByteBuffer(string: "ab")) { stalled.yield() }
            let write = Task { try await store.write(try ObjectKey("a"), .stream(source, byteCount: nil)) }
            for await _ in stalls { break }
            write.cancel()
            let result = await write.result
            try expect((try? result.get()) == nil, "the cancelled write succeeded")
            try await store.expectAbsent("a")
        },
        ConformanceCase("5 MiB in small chunks come back byte by byte") { store in
            let chunks = (0..<80).map { ByteBuffer(repeating: UInt8($0), count: 65_536) }
            try await store.write(try ObjectKey("large"), .stream(ChunkSource(chunks), byteCount: 5 << 20))
            let body = try await store.read(try ObjectKey("large"))
            var whole = ByteBuffer()
            for chunk in chunks { whole.writeImmutableBuffer(chunk) }
            try expect(try await body.collect(upTo: 5 << 20) == whole, "the bytes differ")
        },
        ConformanceCase("a key and the keys below it are different objects") { store in
            for key in ["a", "a/b", "a/b/c"] { try await store.put(key, "of \(key)") }
            for key in ["a", "a/b", "a/b/c"] { try expectEqual(try await store.text(key), "of \(key)") }
        },
        ConformanceCase("keys that differ in case only are different objects") { store in
            try await store.put("Clip.mp4", "upper")
            try await store.put("clip.mp4", "lower")
            try expectEqual(try await store.text("Clip.mp4"), "upper")
        },
        ConformanceCase("keys of 1,024 bytes work, in one segment and in many") { store in
            let keys = [String(repeating: "k", count: 1024), String(repeating: "s/", count: 511) + "ab"]
            for key in keys { try await store.put(key, "of \(key)") }
            for key in keys { try expectEqual(try await store.text(key), "of \(key)") }
            try expectEqual(try await store.keys(), keys)
            for key in keys { try await store.delete(try ObjectKey(key)) }
            try expectEqual(try await store.keys(), [])
        },
        ConformanceCase("a write notes when it was") { store in
            try await store.put("a")
            let first = try await store.info(try ObjectKey("a"))
            try expect(first.modifiedAt.milliseconds > 1_700_000_000_000, "modified at \(first.modifiedAt)")
            try expectEqual(try await store.list(prefix: "", after: nil, limit: 1), [first], "the listing")
        },
        ConformanceCase("a signed URL names the object and wants at least a second") { store in
            let key = try ObjectKey("processed/1/720p.mp4")
            let url = try await store.signedURL(for: key, expires: .seconds(60))
            try expect(url.contains(key.description), "\(url) does not name the object")
            try expect(url.hasPrefix("/") || url.hasPrefix("http"), "\(url) is no URL")
            try await expectError(.invalidRequest) { try await store.signedURL(for: key, expires: .milliseconds(999)) }
        },
        ConformanceCase("a signed URL of another object or another time is another") { store in
            let keys = [try ObjectKey("a"), try ObjectKey("b")]
            var urls: Set<String> = []
            for key in keys {
                for seconds in [60, 3600] { urls.insert(try await store.signedURL(for: key, expires: .seconds(seconds))) }
            }
            try expectEqual(urls.count, 4)
        },
        ConformanceCase("the store says that it answers") { store in try await store.check() },
    ]

    static let conditions: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("a conditional write makes an object where there is none") { store in
            try await store.write(try ObjectKey("a/b"), .bytes(ByteBuffer(string: "new")), condition: .ifAbsent)
            try expectEqual(try await store.text("a/b"), "new")
        },
        ConformanceCase("a conditional write leaves an object alone") { store in
            try await store.put("a", "old")
            try await expectError(.preconditionFailed) {
                try await store.write(try ObjectKey("a"), .bytes(ByteBuffer(string: "new")), condition: .ifAbsent)
            }
            try expectEqual(try await store.text("a"), "old")
        },
        ConformanceCase("a conditional write works again after a delete") { store in
            try await store.put("a/b", "old")
            try await store.delete(try ObjectKey("a/b"))
            try await store.write(try ObjectKey("a/b"), .bytes(ByteBuffer(string: "new")), condition: .ifAbsent)
            try expectEqual(try await store.text("a/b"), "new")
        },
    ]
}
