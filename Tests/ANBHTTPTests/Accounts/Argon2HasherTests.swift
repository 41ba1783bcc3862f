import ANBCore
import ANBTesting
import Testing

@testable import ANBHTTP

@Suite struct Argon2HasherTests {
    private static let cheap = Argon2Parameters(memoryKiB: 64, passes: 1)

    @Test func aHashIsThePHCStringOfItsParameters() async throws {
        try await withHasher { (hasher) async throws -> Void in
            let hash = try await hasher.hash("correct horse")
            #expect(hash.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
            #expect(Argon2Parameters(encodedHash: hash) == Self.cheap)
            #expect(try await hasher.hash("correct horse") != hash, "salts must differ")
        }
    }

    @Test func onlyTheRightPasswordMatches() async throws {
        try await withHasher { (hasher) async throws -> Void in
            let hash = try await hasher.hash("correct horse")
            #expect(try await hasher.verify("correct horse", against: hash))
            #expect(try await !hasher.verify("correct horsf", against: hash))
            #expect(try await !hasher.verify("", against: hash))
        }
    }

    @Test(arguments: ["", "a\u{0}b", "ñandú🐦", String(repeating: "x", count: 128)])
    func anyPasswordCanBeHashed(password: String) async throws {
        try await withHasher { (hasher) async throws -> Void in
            let hash = try await hasher.hash(password)
            #expect(try await hasher.verify(password, against: hash))
            #expect(try await !hasher.verify(password + "x", against: hash))
        }
    }

    @Test func anUnknownAccountCostsTheSameAndNeverMatches() async throws {
        try await withHasher { (hasher) async throws -> Void in
            #expect(try await !hasher.verify("anything", against: nil))
            #expect(try await !hasher.verify("", against: nil))
        }
        // The decoy is really computed: with a cost that the library refuses, so is the decoy.
        let broken = Argon2Hasher(parameters: Argon2Parameters(memoryKiB: 1, passes: 1), threads: 1)
        await #expect(throws: ANBError.self) { try await broken.verify("anything", against: nil) }
        try await broken.shutdown()
    }

    @Test func theStandardParametersAreOWASPs() {
        #expect(Argon2Parameters() == Argon2Parameters(memoryKiB: 19_456, passes: 2, lanes: 1))
    }

    @Test func weakerHashesAreRenewed() async throws {
        try await withHasher { (hasher) async throws -> Void in
            #expect(!hasher.needsRehash(try await hasher.hash("x")))
            #expect(!hasher.needsRehash("$argon2id$v=19$m=128,t=2,p=1$c2FsdHNhbHQ$aGFzaA"))
            #expect(hasher.needsRehash("$argon2id$v=19$m=32,t=2,p=1$c2FsdHNhbHQ$aGFzaA"))
            #expect(hasher.needsRehash("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA"))
            #expect(hasher.needsRehash("$2b$12$bcrypt"))
            #expect(hasher.needsRehash(""))
        }
    }

    @Test func whatIsNoHashIsCorrupted() async throws {
        try await withHasher { (hasher) async throws -> Void in
            try await expectError(.corrupted) { try await hasher.verify("x", against: "plain text") }
        }
    }

    @Test func moreThanFitAreTurnedAway() async throws {
        let slow = Argon2Hasher(parameters: Argon2Parameters(memoryKiB: 8 << 10, passes: 3), threads: 1, waitingMax: 2)
        let codes = await withTaskGroup(of: ANBError.Code?.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        _ = try await slow.hash("x")
                        return nil
                    } catch { return (error as? ANBError)?.code }
                }
            }
            return await group.reduce(into: [ANBError.Code?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } >= 3)
        #expect(codes.count { $0 == .overloaded } > 0)
        #expect(codes.allSatisfy { $0 == nil || $0 == .overloaded })
        _ = try await slow.hash("and then there is room again")
        try await slow.shutdown()
    }

    @Test func afterTheEndNothingIsHashed() async throws {
        let hasher = Argon2Hasher(parameters: Self.cheap)
        try await hasher.shutdown()
        try await expectError(.unavailable) { try await hasher.hash("x") }
    }

    private func withHasher(_ body: (Argon2Hasher) async throws -> Void) async throws {
        let hasher = Argon2Hasher(parameters: Self.cheap)
        do { try await body(hasher) } catch {
            try await hasher.shutdown()
            throw error
        }
        try await hasher.shutdown()
    }
}
