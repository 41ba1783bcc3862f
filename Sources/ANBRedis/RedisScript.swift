import ANBCore
import Crypto

/// A Lua program that the server runs in one piece.
package struct RedisScript: Sendable {
    package let source: String
    /// What `EVALSHA` calls it: lowercase hex of its SHA-1.
    package let digest: String

    package init(_ source: String) {
        self.source = source
        // SHA-1 is the protocol's name for a script, not a protection.
        let hash = Insecure.SHA1.hash(data: [UInt8](source.utf8))
        let digits = Array("0123456789abcdef")
        digest = String(hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension RedisClient {
    /// Runs a script by its name, and sends it whole to a server that does not know it yet.
    package func run(_ script: RedisScript, keys: [String], arguments: [String]) async throws -> RESPValue {
        let rest = [String(keys.count)] + keys + arguments
        do {
            return try await send(RedisCommand(["EVALSHA", script.digest] + rest))
        } catch let error as ANBError where (error.cause as? RedisServerError)?.code == "NOSCRIPT" {
            return try await send(RedisCommand(["EVAL", script.source] + rest))
        }
    }
}
