import ANBCore

extension DatabaseSuite {
    static let keptRequestCases: [ConformanceCase<any Database>] = [
        rule("a request is kept once under its scope and key, and answered once") { stage in
            let request = stage.request("mine", "k")
            try await stage.write { try $0.insertKeptRequest(request) }
            try expectEqual(try await stage.kept("mine", "k"), request)
            try expectEqual(try await stage.kept("mine", "other"), nil)
            try expectEqual(try await stage.kept("yours", "k"), nil)
            let (first, second) = (KeptAnswer(status: 200, body: "{\"ñ\":1}"), KeptAnswer(status: 400, body: ""))
            try expectEqual(try await stage.answer("mine", "k", first), true)
            try expectEqual(try await stage.answer("mine", "k", second), false)
            try expectEqual(try await stage.answer("mine", "absent", second), false)
            try expectEqual(try await stage.kept("mine", "k")?.answer, first)
        },
        rule("of many that begin the same request at once one does, also in other words") { stage in
            let begun = try await stage.countYes(20) { index in
                let request = stage.request("mine", "k", fingerprint: "\(index)")
                do {
                    try await stage.write { try $0.insertKeptRequest(request) }
                    return true
                } catch let error as ANBError where error.code == .conflict {
                    return false
                }
            }
            try expectEqual(begun, 1)
        },
        rule("what nobody answered is begun again by one, and what was answered by none") { stage in
            let request = stage.request("mine", "k")
            try await stage.write { try $0.insertKeptRequest(request) }
            let (now, end) = (stage.time(20), stage.time(99))
            let begun = try await stage.countYes(10) { _ in
                try await stage.write { try $0.restartKeptRequest(request, at: now, expiresAt: end) }
            }
            try expectEqual(begun, 1)
            let kept = try require(try await stage.kept("mine", "k"))
            try expectEqual([kept.startedAt, kept.expiresAt], [now, end])
            _ = try await stage.answer("mine", "k", KeptAnswer(status: 200, body: "{}"))
            try expectEqual(try await stage.write { try $0.restartKeptRequest(kept, at: end, expiresAt: end) }, false)
        },
        rule("a request is forgotten unless it was answered, or when its time has come") { stage in
            for key in ["given up", "answered", "old"] {
                let request = stage.request("mine", key, expiresAt: key == "old" ? 10 : 20)
                try await stage.write { try $0.insertKeptRequest(request) }
            }
            _ = try await stage.answer("mine", "answered", KeptAnswer(status: 200, body: "{}"))
            for key in ["given up", "answered"] {
                try await stage.write { try $0.removeKeptRequest(scope: "mine", key: key) }
            }
            try expectEqual(try await stage.kept("mine", "given up"), nil)
            let limit = stage.time(10.001)
            try expectEqual(try await stage.write { try $0.deleteKeptRequests(expiredBefore: limit) }, 1)
            try expectEqual(try await stage.kept("mine", "old"), nil)
            try expect(try await stage.kept("mine", "answered") != nil, "an answer was forgotten too early")
        },
        rule("all requests of one scope are forgotten, and none of another's") { stage in
            for (scope, key) in [("mine", "a"), ("mine", "b"), ("yours", "a")] {
                let request = stage.request(scope, key)
                try await stage.write { try $0.insertKeptRequest(request) }
            }
            _ = try await stage.answer("mine", "b", KeptAnswer(status: 200, body: "{}"))
            try await stage.write { try $0.removeKeptRequests(scope: "mine") }
            try expectEqual(try await stage.kept("mine", "a"), nil)
            try expectEqual(try await stage.kept("mine", "b"), nil)
            try expect(try await stage.kept("yours", "a") != nil, "another's request was forgotten")
        },
        rule("an answer is undone with the work that it tells of") { stage in
            let request = stage.request("mine", "k")
            try await stage.write { try $0.insertKeptRequest(request) }
            await expectThrows {
                try await stage.write { transaction in
                    _ = try transaction.answerKeptRequest(scope: "mine", key: "k", KeptAnswer(status: 200, body: "{}"))
                    throw ConformanceFailure("the work failed")
                }
            }
            try expectEqual(try await stage.kept("mine", "k")?.answer, nil)
        },
    ]

    private static func expectThrows(_ body: () async throws -> Void) async { _ = try? await body() }
}

extension DatabaseStage {
    fileprivate func request(_ scope: String, _ key: String, fingerprint: String = "f", expiresAt: Double = 50) -> KeptRequest {
        KeptRequest(scope: scope, key: key, fingerprint: fingerprint, startedAt: time(1), expiresAt: time(expiresAt))
    }

    fileprivate func kept(_ scope: String, _ key: String) async throws -> KeptRequest? {
        try await read { try $0.keptRequest(scope: scope, key: key) }
    }

    fileprivate func answer(_ scope: String, _ key: String, _ answer: KeptAnswer) async throws -> Bool {
        try await write { try $0.answerKeptRequest(scope: scope, key: key, answer) }
    }
}
