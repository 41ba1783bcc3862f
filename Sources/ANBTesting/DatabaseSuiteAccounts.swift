import ANBCore

extension DatabaseSuite {
    static let accountCases: [ConformanceCase<any Database>] = [
        rule("an account is found by id and by e-mail with every field") { stage in
            var user = stage.samples.user(city: "  São   Paulo ")
            user.roles = [.player, .moderator]
            user.isActive = false
            let stored = user
            try await stage.write { try $0.insertUser(stored) }
            try expectEqual(try await stage.read { try $0.user(stored.id) }, stored)
            try expectEqual(try await stage.read { try $0.user(email: stored.email) }, stored)
            let stranger: UserID = stage.samples.ids.next()
            try expectEqual(try await stage.read { try $0.user(stranger) }, nil)
            try expectEqual(try await stage.read { try $0.user(email: "nobody@example.com") }, nil)
        },
        rule("an e-mail address belongs to one account") { stage in
            let first = try await stage.addUser()
            var second = stage.samples.user()
            second.email = first.email
            let repeated = second
            try await expectError(.conflict) { try await stage.write { try $0.insertUser(repeated) } }
            try expectEqual(try await stage.read { try $0.user(repeated.id) }, nil)
        },
        rule("a user name belongs to one account") { stage in
            let first = try await stage.addUser()
            var second = stage.samples.user()
            try expect(try await stage.read { try $0.isUsernameTaken(first.username) }, "the name is not taken")
            let free = second.username
            try expect(try await !stage.read { try $0.isUsernameTaken(free) }, "the name is taken")
            second.username = first.username
            let repeated = second
            try await expectError(.conflict) { try await stage.write { try $0.insertUser(repeated) } }
        },
        rule("20 parallel sign-ups with one e-mail address make one account") { stage in
            let users = (0..<20).map { _ in
                var user = stage.samples.user()
                user.email = "same@example.com"
                return user
            }
            let winners = try await stage.countYes(20) { index in
                do {
                    try await stage.write { try $0.insertUser(users[index]) }
                    return true
                } catch let error as ANBError where error.code == .conflict {
                    return false
                }
            }
            try expectEqual(winners, 1)
        },
        rule("an update replaces everything but id, e-mail and creation time") { stage in
            let old = try await stage.addUser()
            let new = User(
                id: old.id, email: "new@example.com", username: "new-name", firstName: "Eva", lastName: "Ruiz",
                city: City("Cali"), country: "Perú", passwordHash: "new-hash", roles: [.admin], isActive: false,
                createdAt: stage.time(99))
            try expect(try await stage.write { try $0.updateUser(new) }, "there was no such user")
            var expected = new
            expected.email = old.email
            expected.createdAt = old.createdAt
            try expectEqual(try await stage.read { try $0.user(old.id) }, expected)
        },
        rule("an update to a taken user name is refused, and one of a stranger finds nobody") { stage in
            let (first, second) = (try await stage.addUser(), try await stage.addUser())
            var greedy = second
            greedy.username = first.username
            let update = greedy
            try await expectError(.conflict) { try await stage.write { try $0.updateUser(update) } }
            try expectEqual(try await stage.read { try $0.user(second.id) }, second)
            let stranger = stage.samples.user()
            try expectEqual(try await stage.write { try $0.updateUser(stranger) }, false)
        },
    ]

    static let sessionCases: [ConformanceCase<any Database>] = [
        rule("who may act is told for many at once, each for itself") { stage in
            var (player, disabled) = (try await stage.addUser(), try await stage.addUser())
            let live = try await stage.addSession(of: player)
            let ended = try await stage.addSession(of: player)
            let closed = try await stage.addSession(of: disabled)
            player.roles = [.player, .moderator]
            disabled.isActive = false
            let (changed, gone, now) = (player, disabled, stage.time(1))
            try await stage.write { transaction in
                _ = try transaction.updateUser(changed)
                _ = try transaction.updateUser(gone)
                _ = try transaction.revokeSession(ended.id, at: now)
            }
            let stranger: SessionID = stage.samples.ids.next()
            let asked = [(player, live.id), (player, ended.id), (disabled, closed.id), (disabled, live.id), (player, stranger)]
                .map { Identity(userID: $0.0.id, sessionID: $0.1, roles: [.admin]) }
            let later = live.expiresAt
            try expectEqual(
                try await stage.read { try $0.liveRoles(of: asked, at: now) }, [[.player, .moderator], nil, nil, nil, nil])
            try expectEqual(try await stage.read { try $0.liveRoles(of: asked, at: later) }, [nil, nil, nil, nil, nil])
            try expectEqual(try await stage.read { try $0.liveRoles(of: [], at: now) }, [])
        },
        rule("sessions and refresh tokens are found with every field") { stage in
            let session = try await stage.addSession(of: try await stage.addUser())
            let token = stage.samples.refreshToken(of: session)
            try await stage.write { try $0.insertRefreshToken(token) }
            try expectEqual(try await stage.read { try $0.session(session.id) }, session)
            try expectEqual(try await stage.read { try $0.refreshToken(hash: token.hash) }, token)
            try expectEqual(try await stage.read { try $0.refreshToken(hash: "unknown") }, nil)
        },
        rule("a refresh token is used once, and remembers when and by whom") { stage in
            let session = try await stage.addSession(of: try await stage.addUser())
            let (token, now, later) = (stage.samples.refreshToken(of: session), stage.time(5), stage.time(6))
            try await stage.write { try $0.insertRefreshToken(token) }
            let first = try await stage.write { try $0.useRefreshToken(hash: token.hash, by: "a", at: now) }
            let second = try await stage.write { try $0.useRefreshToken(hash: token.hash, by: "b", at: later) }
            let unknown = try await stage.write { try $0.useRefreshToken(hash: "unknown", by: "b", at: later) }
            try expectEqual([first, second, unknown], [true, false, false])
            var used = token
            used.usedAt = now
            used.usedBy = "a"
            try expectEqual(try await stage.read { try $0.refreshToken(hash: token.hash) }, used)
        },
        rule("of 20 parallel uses of a refresh token one wins") { stage in
            let session = try await stage.addSession(of: try await stage.addUser())
            let (token, now) = (stage.samples.refreshToken(of: session), stage.time(5))
            try await stage.write { try $0.insertRefreshToken(token) }
            let winners = try await stage.countYes(20) { index in
                try await stage.write { try $0.useRefreshToken(hash: token.hash, by: "client \(index)", at: now) }
            }
            try expectEqual(winners, 1)
        },
        rule("a live session is moved on; a revoked or ended one is not") { stage in
            let user = try await stage.addUser()
            let (live, revoked) = (try await stage.addSession(of: user), try await stage.addSession(of: user))
            let (early, late, end) = (stage.time(5), stage.time(3600), stage.time(7200))
            try await stage.write { transaction in
                _ = try transaction.revokeSession(revoked.id, at: early)
                try transaction.touchSession(live.id, usedAt: early, expiresAt: end - .seconds(3600))
                try transaction.touchSession(revoked.id, usedAt: early, expiresAt: end)
            }
            try expectEqual(try await stage.read { try $0.session(live.id)?.lastUsedAt }, early)
            try expectEqual(try await stage.read { try $0.session(revoked.id)?.lastUsedAt }, revoked.lastUsedAt)
            try await stage.write { try $0.touchSession(live.id, usedAt: late, expiresAt: end) }
            try expectEqual(try await stage.read { try $0.session(live.id)?.expiresAt }, late)
        },
        rule("a person's live sessions come last used first, and nobody else's") { stage in
            let (ana, bob) = (try await stage.addUser(), try await stage.addUser())
            let (first, second) = (try await stage.addSession(of: ana), try await stage.addSession(of: ana))
            let ended = try await stage.addSession(of: ana)
            _ = try await stage.addSession(of: bob)
            let now = stage.time(5)
            try await stage.write { scope in
                try scope.touchSession(first.id, usedAt: now, expiresAt: stage.time(100))
                _ = try scope.revokeSession(ended.id, at: now)
            }
            let live = try await stage.read { try $0.sessions(of: ana.id, liveAt: stage.time(6)) }
            try expectEqual(live.map(\.id), [first.id, second.id])
            try expectEqual(try await stage.read { try $0.sessions(of: ana.id, liveAt: stage.time(1_000_000_000)) }, [])
        },
        rule("a session is revoked once, and only while it is live") { stage in
            let user = try await stage.addUser()
            let (first, second) = (try await stage.addSession(of: user), try await stage.addSession(of: user))
            let (now, end) = (stage.time(5), second.expiresAt)
            let answers = try await stage.write { transaction in
                [
                    try transaction.revokeSession(first.id, at: now), try transaction.revokeSession(first.id, at: now),
                    try transaction.revokeSession(second.id, at: end),
                ]
            }
            try expectEqual(answers, [true, false, false])
            try expectEqual(try await stage.read { try $0.session(first.id)?.revokedAt }, now)
        },
        rule("cleaning up removes ended and revoked sessions with their tokens, and no other") { stage in
            let user = try await stage.addUser()
            let ended = try await stage.addSession(of: user, at: -7200)
            let revoked = try await stage.addSession(of: user)
            let atTheLimit = try await stage.addSession(of: user, at: -3580)
            let live = try await stage.addSession(of: user)
            let tokens = [ended, revoked, atTheLimit, live].map { stage.samples.refreshToken(of: $0) }
            let (revocation, limit) = (stage.time(10), stage.time(20))
            let removed = try await stage.write { transaction in
                for token in tokens { try transaction.insertRefreshToken(token) }
                _ = try transaction.revokeSession(revoked.id, at: revocation)
                return try transaction.deleteSessions(expiredBefore: limit)
            }
            try expectEqual(removed, 2)
            let left = try await stage.read { scope in
                try [ended, revoked, atTheLimit, live].map { try scope.session($0.id) != nil }
            }
            try expectEqual(left, [false, false, true, true])
            let tokensLeft = try await stage.read { scope in
                try tokens.map { try scope.refreshToken(hash: $0.hash) != nil }
            }
            try expectEqual(tokensLeft, left)
        },
    ]
}
