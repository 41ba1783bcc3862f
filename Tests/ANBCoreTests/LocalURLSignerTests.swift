import ANBCore
import Foundation
import Testing

@Suite struct LocalURLSignerTests {
    private let signer: LocalURLSigner
    private let key: ObjectKey
    private let now = Timestamp(milliseconds: 1_750_000_000_000)
    private let expires: Int64 = 1_750_000_060

    init() throws {
        signer = try LocalURLSigner(secret: Data("a secret of enough bytes".utf8))
        key = try ObjectKey("processed/1/720p.mp4")
    }

    private func signature(_ key: ObjectKey, _ expires: Int64) -> String {
        String(signer.sign(key, expires: expires).split(separator: "signature=")[1])
    }

    @Test func theURLHasOneForm() {
        let url = signer.sign(key, expires: expires)
        #expect(url.hasPrefix("/media/processed/1/720p.mp4?expires=1750000060&signature="))
        #expect(url.split(separator: "signature=")[1].count == 64)
        // From an independent implementation, so that a server of another version still accepts it.
        #expect(signature(key, expires) == "0101492c78a48315172060ea2509503737fb73d1bc9a919d93fc5611a4c8719d")
    }

    @Test func whatWasSignedHolds() {
        #expect(signer.verify(key: key, expires: expires, signature: signature(key, expires), now: now))
    }

    @Test func itEndsAtItsSecond() {
        let signature = signature(key, expires)
        let last = Timestamp(milliseconds: expires * 1000 - 1)
        #expect(signer.verify(key: key, expires: expires, signature: signature, now: last))
        #expect(!signer.verify(key: key, expires: expires, signature: signature, now: last + .milliseconds(1)))
    }

    @Test func nothingCanBeChanged() throws {
        let signature = signature(key, expires)
        #expect(!signer.verify(key: try ObjectKey("processed/2/720p.mp4"), expires: expires, signature: signature, now: now))
        #expect(!signer.verify(key: key, expires: expires + 1, signature: signature, now: now))
        let other = try LocalURLSigner(secret: Data("another secret, long enough".utf8))
        #expect(!other.verify(key: key, expires: expires, signature: signature, now: now))
    }

    @Test func everyDigitCounts() {
        let signature = Array(signature(key, expires))
        for index in signature.indices {
            var forged = signature
            forged[index] = forged[index] == "0" ? "1" : "0"
            #expect(!signer.verify(key: key, expires: expires, signature: String(forged), now: now))
        }
    }

    @Test func malformedSignaturesAreRefused() {
        let signature = signature(key, expires)
        let zeros = String(repeating: "0", count: 64)
        for text in [
            "", "0", signature + "0", String(signature.dropLast()), signature.uppercased(), " " + signature.dropFirst(), zeros,
            String(repeating: "é", count: 32),
        ] where text != signature {
            #expect(!signer.verify(key: key, expires: expires, signature: text, now: now))
        }
    }

    @Test func extremeTimesAreRefusedWithoutHarm() {
        for time in [Int64.min, -1, 0] {
            #expect(!signer.verify(key: key, expires: time, signature: signature(key, time), now: now))
        }
        #expect(signer.verify(key: key, expires: .max, signature: signature(key, .max), now: now))
    }

    @Test func aShortSecretStopsTheStart() {
        #expect { try LocalURLSigner(secret: Data(count: 15)) } throws: { ($0 as? ANBError)?.code == .misconfigured }
        #expect(throws: Never.self) { try LocalURLSigner(secret: Data(count: 16)) }
    }
}
