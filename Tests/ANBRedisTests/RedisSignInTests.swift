import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisSignInTests {
    @Test func passwordOfTheDefaultUser() async throws {
        try await withRedisServer(["--requirepass", "s3cret/word"]) { server in
            let place = "127.0.0.1:\(server.port)"
            for right in ["redis://:s3cret%2Fword@\(place)", "redis://default:s3cret%2Fword@\(place)/2"] {
                try await withClient(right) { try expectEqual(try await $0.text("PING"), "PONG") }
            }
            for wrong in ["redis://:hunter2@\(place)", "redis://ana:hunter2@\(place)", "redis://\(place)"] {
                try await withClient(wrong) { client in
                    let error = try await expectError(.misconfigured) { try await client.send(RedisCommand("PING")) }
                    #expect(error.operatorMessage == "Redis at redis://\(place)/0 refuses the user or the password of REDIS_URL")
                    #expect(!"\(error)".contains("hunter2"))
                }
            }
        }
    }

    @Test func aUserOfItsOwnAndWhatItMayNotDo() async throws {
        try await withRedisServer(["--user", "ana", "on", ">pw", "~anb:*", "+@all", "-flushall"]) { server in
            try await withClient("redis://ana:pw@127.0.0.1:\(server.port)") { client in
                try expectEqual(try await client.text("SET", "anb:x", "1"), "OK")
                try await expectError(.misconfigured) { try await client.send(RedisCommand("GET", "other")) }
                try await expectError(.misconfigured) { try await client.send(RedisCommand("FLUSHALL")) }
                try expectEqual(try await client.text("GET", "anb:x"), "1")
            }
        }
    }

    @Test func tlsWithAKnownAuthorityOnly() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = try await TestCertificate(in: folder)
        try await withRedisServer(certificate.serverOptions + ["--requirepass", "pw"]) { server in
            for host in ["127.0.0.1", "localhost"] {
                let url = "rediss://:pw@\(host):\(server.port)/1?ssl_ca_certs=\(certificate.certificatePath)"
                try await withClient(url) { try expectEqual(try await $0.text("PING"), "PONG") }
            }
            // Unknown authority, then a client without TLS.
            for url in ["rediss://:pw@127.0.0.1:\(server.port)", "redis://:pw@127.0.0.1:\(server.port)"] {
                try await withClient(url) { client in
                    try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
                }
            }
        }
    }

    @Test func aCertificateOfAnotherNameIsRefused() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = try await TestCertificate(in: folder, names: "DNS:elsewhere.example")
        try await withRedisServer(certificate.serverOptions) { server in
            let url = "rediss://127.0.0.1:\(server.port)?ssl_ca_certs=\(certificate.certificatePath)"
            try await withClient(url) { client in
                try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
            }
        }
    }

    @Test func authoritiesThatCannotBeRead() throws {
        let error = try #require(throws: ANBError.self) {
            try RedisClient(RedisEndpoint(url: "rediss://localhost?ssl_ca_certs=/nowhere/ca.pem"))
        }
        #expect(error.code == .misconfigured)
        #expect(error.userMessage.contains("/nowhere/ca.pem"))
    }
}
