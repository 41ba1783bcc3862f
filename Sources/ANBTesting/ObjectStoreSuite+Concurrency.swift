import ANBCore
import NIOCore

extension ObjectStoreSuite {
    static let concurrency: [ConformanceCase<any ObjectStore>] = [
        ConformanceCase("of 20 conditional writes at the same time one wins, and its bytes stay") { store in
            let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do {
                            let bytes = ByteBuffer(string: "writer \(number)")
                            try await store.write(try ObjectKey("deep/in/a"), .bytes(bytes), condition: .ifAbsent)
                            return number
                        } catch let error as ANBError where error.code == .preconditionFailed {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
            }
            try expectEqual(winners.count, 1)
            try expectEqual(try await store.text("deep/in/a"), "writer \(winners[0])")
        },
        ConformanceCase("of 20 writes at the same time one is stored whole") { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let chunks = (0..<8).map { _ in ByteBuffer(repeating: UInt8(number), count: 1000 + number) }
                        try await store.write(try ObjectKey("a"), .stream(ChunkSource(chunks), byteCount: nil))
                    }
                }
                try await group.waitForAll()
            }
            let bytes = try await store.read(try ObjectKey("a")).collect(upTo: 1 << 20).readableBytesView
            let number = try require(bytes.first)
            try expect(bytes.allSatisfy { $0 == number } && bytes.count == 8 * (1000 + Int(number)), "a mixture is stored")
        },
        ConformanceCase("writes succeed while deletes empty the folders around them") { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        for round in 0..<10 {
                            let key = try ObjectKey("a/b/c/\(number)")
                            try await store.write(key, .bytes(ByteBuffer(string: "\(round)")), condition: .ifAbsent)
                            try expectEqual(try await store.text(key.description), "\(round)")
                            try await store.delete(key)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try expectEqual(try await store.keys(), [])
        },
        ConformanceCase("a listing works while objects come and go") { store in
            try await store.put("stays/1")
            try await store.put("stays/2")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<50 {
                        try await store.put("goes/\(number % 5)/x")
                        try await store.delete(try ObjectKey("goes/\(number % 5)/x"))
                    }
                }
                group.addTask {
                    for _ in 0..<25 {
                        let found = try await store.keys().filter { $0.hasPrefix("stays/") }
                        try expectEqual(found, ["stays/1", "stays/2"])
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}
