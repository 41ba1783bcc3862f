import ANBCore
import NIOCore

extension ObjectStoreSuite {
    static let reading: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("what is absent is not found") { store in
            try await store.expectAbsent("nothing")
            try await store.expectAbsent("no/thing/here")
        },
        ConformanceCase("what others lie below is not found itself") { store in
            try await store.put("a/b")
            try await store.expectAbsent("a")
            try await store.expectAbsent("a/b/c")
        },
        ConformanceCase("a part from the start is read") { store in
            try await store.put("a", "0123456789")
            try expectEqual(try await store.text("a", 0..<4), "0123")
        },
        ConformanceCase("a part from the middle is read") { store in
            try await store.put("a", "0123456789")
            try expectEqual(try await store.text("a", 3..<7), "3456")
        },
        ConformanceCase("a part up to the end is read") { store in
            try await store.put("a", "0123456789")
            try expectEqual(try await store.text("a", 9..<10), "9")
        },
        ConformanceCase("a part that passes the end is cut there") { store in
            try await store.put("a", "0123456789")
            try expectEqual(try await store.text("a", 8..<Int64.max), "89")
        },
        ConformanceCase("a part of no bytes is empty") { store in
            try await store.put("a", "0123456789")
            try expectEqual(try await store.text("a", 5..<5), "")
        },
        ConformanceCase("a part that starts at the end or after it is refused") { store in
            try await store.put("a", "0123456789")
            for range: Range<Int64> in [10..<11, 11..<20, 10..<10] {
                try await expectError(.invalidRequest) { try await store.read(try ObjectKey("a"), range: range) }
            }
        },
        ConformanceCase("a part of an empty object is refused") { store in
            try await store.put("a", "")
            try await expectError(.invalidRequest) { try await store.read(try ObjectKey("a"), range: 0..<1) }
        },
        ConformanceCase("a part that starts before the object is refused") { store in
            try await store.put("a", "0123456789")
            try await expectError(.invalidRequest) { try await store.read(try ObjectKey("a"), range: -1..<4) }
        },
        ConformanceCase("a large part comes in order across chunks") { store in
            let bytes = ByteBuffer(bytes: (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 251) })
            try await store.write(try ObjectKey("a"), .bytes(bytes))
            let body = try await store.read(try ObjectKey("a"), range: 100_000..<650_000)
            let part = try await body.collect(upTo: 1 << 20)
            try expect(part == bytes.getSlice(at: 100_000, length: 550_000), "the bytes differ")
        },
        ConformanceCase("a read that stops early harms nobody") { store in
            try await store.write(try ObjectKey("a"), .bytes(ByteBuffer(repeating: 7, count: 1 << 20)))
            for try await _ in try await store.read(try ObjectKey("a")).chunks { break }
            try expectEqual(try await store.info(try ObjectKey("a")).byteCount, 1 << 20)
        },
        ConformanceCase("a body never mixes two writes") { store in
            let key = try ObjectKey("a")
            try await store.write(key, .bytes(ByteBuffer(repeating: 1, count: 1 << 20)))
            var found: Set<UInt8> = []
            var isFirst = true
            do {
                for try await chunk in try await store.read(key).chunks {
                    found.formUnion(chunk.readableBytesView)
                    if isFirst { try await store.write(key, .bytes(ByteBuffer(repeating: 2, count: 1 << 20))) }
                    isFirst = false
                }
            } catch let error as ANBError {
                // Failing is allowed, mixing is not.
                try expect(error.code != .internal, "\(error)")
            }
            try expectEqual(found, [1])
        },
    ]
}
