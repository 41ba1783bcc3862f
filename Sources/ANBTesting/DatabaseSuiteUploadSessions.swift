import ANBCore

extension DatabaseSuite {
    static let uploadSessionCases: [ConformanceCase<any Database>] = [
        rule("an upload in parts is found with every field") { stage in
            let owner = try await stage.addUser()
            var full = stage.samples.uploadSession(of: owner.id)
            full.metadata = "title R29s"
            full.directPartBytes = 8 << 20
            full.parts = [.init(byteCount: 8 << 20, fence: 1), .init(byteCount: 3, fence: 2)]
            (full.reason, full.failureCode) = ("no video", .notAVideo)
            full.fence = 2
            full.leaseOwner = "request-7"
            full.leaseUntil = stage.time(5)
            let (bare, session) = (stage.samples.uploadSession(of: owner.id), full)
            try await stage.write { transaction in
                for session in [bare, session] { try transaction.insertUploadSession(session) }
            }
            try expectEqual(try await stage.read { try $0.uploadSession(bare.id) }, bare)
            try expectEqual(try await stage.read { try $0.uploadSession(session.id) }, session)
            try await expectError(.conflict) { try await stage.write { try $0.insertUploadSession(bare) } }
        },
        rule("an upload's lease is one request's at a time, and each has a higher fence") { stage in
            let session = try await stage.addUploadSession()
            let first = try await stage.lease(session, at: 0, until: 6)
            try expectEqual(first?.fence, 1)
            try expectEqual(first?.leaseOwner, "request at 0.0")
            try expectEqual(try await stage.lease(session, at: 5.999, until: 12), nil, "the lease is held")
            try expectEqual(try await stage.lease(session, at: 6, until: 12)?.fence, 2, "at its end a lease is over;")
            let stranger: VideoID = stage.samples.ids.next()
            let (until, now) = (stage.time(20), stage.time(10))
            let unknown = try await stage.write { try $0.leaseUploadSession(stranger, owner: "x", until: until, now: now) }
            try expectEqual(unknown, .notOpen)
        },
        rule("of 20 parallel requests one takes an upload's lease") { stage in
            let session = try await stage.addUploadSession()
            let winners = try await stage.countYes(20) { _ in try await stage.lease(session, at: 0, until: 6) != nil }
            try expectEqual(winners, 1)
            try expectEqual(try await stage.read { try $0.uploadSession(session.id)?.fence }, 1)
        },
        rule("who holds an upload's lease learns that another wants it, once") { stage in
            let session = try await stage.addUploadSession()
            try await stage.lease(session, at: 0, until: 6)
            try expectEqual(try await stage.renew(session, fence: 1, until: 8), false)
            let (until, now) = (stage.time(9), stage.time(1))
            let held = try await stage.write { try $0.leaseUploadSession(session.id, owner: "x", until: until, now: now) }
            try expectEqual(held, .held(until: stage.time(8)))
            try expectEqual(try await stage.renew(session, fence: 1, until: 9), true)
            try expect(try await stage.write { try $0.releaseUploadLease(session.id, fence: 1) }, "not released")
            try await stage.lease(session, at: 2, until: 8)
            try expectEqual(try await stage.renew(session, fence: 2, until: 9), false, "the wish was granted;")
            try expectEqual(try await stage.renew(session, fence: 1, until: 9), nil, "of an old fence")
        },
        rule("parts are noted by the lease's fence only, with the lease kept or given back") { stage in
            let session = try await stage.addUploadSession()
            try await stage.lease(session, at: 0, until: 6)
            let parts: [UploadSession.Part] = [.init(byteCount: 40, fence: 1), .init(byteCount: 2, fence: 1)]
            try expect(try await stage.saveParts(session, fence: 1, parts, leaseUntil: 9), "not saved")
            var expected = session
            expected.parts = parts
            expected.fence = 1
            expected.leaseOwner = "request at 0.0"
            expected.leaseUntil = stage.time(9)
            expected.expiresAt = stage.time(1000)
            try expectEqual(try await stage.read { try $0.uploadSession(session.id) }, expected)
            try expect(try await stage.saveParts(session, fence: 1, parts, leaseUntil: nil), "not saved again")
            try expectEqual(try await stage.renew(session, fence: 1, until: 20), nil, "a lease given back")
            try await stage.lease(session, at: 1, until: 7)
            try expect(try await !stage.saveParts(session, fence: 1, [], leaseUntil: nil), "an old fence saved")
            try expectEqual(try await stage.read { try $0.uploadSession(session.id)?.parts }, parts)
        },
        rule("only the lease's holder settles an upload, once") { stage in
            for state in [UploadSession.State.completed, .refused] {
                let session = try await stage.addUploadSession()
                try await stage.lease(session, at: 0, until: 1)
                try await stage.lease(session, at: 1, until: 9)
                try expect(try await !stage.settle(session, fence: 1, as: state), "an old fence settled it")
                try expect(try await stage.settle(session, fence: 2, as: state), "not settled")
                try expect(try await !stage.settle(session, fence: 2, as: state), "settled twice")
                let found = try require(try await stage.read { try $0.uploadSession(session.id) })
                try expectEqual(found.state, state)
                try expectEqual(found.reason, "why")
                try expectEqual(found.failureCode, .tooShort)
                try expectEqual(found.leaseUntil, nil)
                try expectEqual(found.expiresAt, stage.time(5000))
                try expectEqual(try await stage.lease(session, at: 20, until: 30), nil, "of a settled upload")
                try expect(try await !stage.saveParts(session, fence: 2, [], leaseUntil: nil), "saved to a settled upload")
            }
        },
        rule("an upload is given up whoever holds its lease, and expires only when it is due") { stage in
            let session = try await stage.addUploadSession()
            try await stage.lease(session, at: 0, until: 9)
            let (id, end, keep) = (session.id, session.expiresAt, stage.time(5000))
            let early = try await stage.write {
                try $0.endUploadSession(id, as: .expired, keepUntil: keep, expiredBefore: end)
            }
            try expect(!early, "it expired at its end")
            let due = try await stage.write {
                try $0.endUploadSession(id, as: .expired, keepUntil: keep, expiredBefore: end + .milliseconds(1))
            }
            try expect(due, "it did not expire")
            try expect(try await !stage.saveParts(session, fence: 1, [], leaseUntil: nil), "saved to an expired upload")
            let other = try await stage.addUploadSession()
            let answers = try await stage.write { transaction in
                try (0..<2).map { _ in
                    try transaction.endUploadSession(other.id, as: .terminated, keepUntil: keep, expiredBefore: nil)
                }
            }
            try expectEqual(answers, [true, false])
            try expectEqual(try await stage.read { try $0.uploadSession(other.id)?.state }, .terminated)
        },
        rule("uploads that are due are listed in any state, oldest first; open ones are counted by owner") { stage in
            let (owner, other) = (try await stage.addUser(), try await stage.addUser())
            let sessions = [3.0, 1, 2, 0, 4].map { stage.samples.uploadSession(of: owner.id, at: stage.time($0)) }
            let theirs = stage.samples.uploadSession(of: other.id, at: stage.time(100))
            let (limit, keep) = (sessions[4].expiresAt, sessions[1].expiresAt)
            try await stage.write { transaction in
                for session in sessions + [theirs] { try transaction.insertUploadSession(session) }
                _ = try transaction.endUploadSession(sessions[1].id, as: .terminated, keepUntil: keep, expiredBefore: nil)
            }
            let all = try await stage.read { try $0.uploadSessions(expiredBefore: limit, limit: 10).map(\.id) }
            try expectEqual(all, [3, 1, 2, 0].map { sessions[$0].id })
            let some = try await stage.read { try $0.uploadSessions(expiredBefore: limit, limit: 2).map(\.id) }
            try expectEqual(some, [3, 1].map { sessions[$0].id })
            try expectEqual(try await stage.read { try $0.countOpenUploadSessions(ownedBy: owner.id) }, 4)
            try await stage.write { try $0.removeUploadSession(sessions[0].id) }
            try expectEqual(try await stage.read { try $0.countOpenUploadSessions(ownedBy: owner.id) }, 3)
            try expectEqual(try await stage.read { try $0.uploadSession(sessions[0].id) }, nil)
        },
        rule("uploads with all their bytes are listed while they are open and nobody holds them") { stage in
            let (full, short) = (try await stage.addUploadSession(), try await stage.addUploadSession())
            for (session, byteCount) in [(full, full.byteCount), (short, short.byteCount - 1)] {
                try await stage.lease(session, at: 0, until: 6)
                let parts = [UploadSession.Part(byteCount: byteCount, fence: 1)]
                try expect(try await stage.saveParts(session, fence: 1, parts, leaseUntil: 6), "not saved")
            }
            try expectEqual(try await stage.fullSessions(at: 5.999), [])
            try expectEqual(try await stage.fullSessions(at: 6), [full.id])
            try expect(try await stage.settle(full, fence: 1, as: .completed), "not settled")
            try expectEqual(try await stage.fullSessions(at: 6), [])
        },
        rule("of uploads with all their bytes the one that was tried least comes first") { stage in
            let sessions = [try await stage.addUploadSession(), try await stage.addUploadSession()]
            for session in sessions {
                try await stage.lease(session, at: 0, until: 6)
                let parts = [UploadSession.Part(byteCount: session.byteCount, fence: 1)]
                try expect(try await stage.saveParts(session, fence: 1, parts, leaseUntil: nil), "not saved")
            }
            for turn in 0..<4 {
                let first = try await stage.read { [now = stage.time(6)] in try $0.fullUploadSessions(now: now, limit: 1) }
                try expectEqual(first.map(\.id), [sessions[turn % 2].id])
                let leased = try await stage.lease(sessions[turn % 2], at: 6, until: 7)
                let isFree = try await stage.write { try $0.releaseUploadLease(sessions[turn % 2].id, fence: leased?.fence ?? 0) }
                try expect(isFree, "not given back")
            }
        },
    ]
}

extension DatabaseStage {
    fileprivate func addUploadSession() async throws -> UploadSession {
        let session = samples.uploadSession(of: try await addUser().id)
        try await write { try $0.insertUploadSession(session) }
        return session
    }

    @discardableResult
    fileprivate func lease(_ session: UploadSession, at now: Double, until: Double) async throws -> UploadSession? {
        let (start, end) = (time(now), time(until))
        let lease = try await write {
            try $0.leaseUploadSession(session.id, owner: "request at \(now)", until: end, now: start)
        }
        guard case .taken(let leased) = lease else { return nil }
        return leased
    }

    fileprivate func renew(_ session: UploadSession, fence: Int64, until: Double) async throws -> Bool? {
        let end = time(until)
        return try await write { try $0.renewUploadLease(session.id, fence: fence, until: end) }
    }

    fileprivate func saveParts(
        _ session: UploadSession, fence: Int64, _ parts: [UploadSession.Part], leaseUntil: Double?
    ) async throws -> Bool {
        let (until, end) = (leaseUntil.map(time), time(1000))
        return try await write {
            try $0.saveUploadParts(session.id, fence: fence, parts: parts, leaseUntil: until, expiresAt: end)
        }
    }

    fileprivate func settle(_ session: UploadSession, fence: Int64, as state: UploadSession.State) async throws -> Bool {
        let keep = time(5000)
        return try await write {
            try $0.settleUploadSession(
                session.id, fence: fence, as: state, reason: "why", code: .tooShort, keepUntil: keep)
        }
    }

    fileprivate func fullSessions(at now: Double) async throws -> [VideoID] {
        let now = time(now)
        return try await read { try $0.fullUploadSessions(now: now, limit: 10).map(\.id) }
    }
}
