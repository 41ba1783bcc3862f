import ANBCore
import ANBRedis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisEndpointTests {
    @Test func readsEveryPart() throws {
        let endpoint = try RedisEndpoint(url: "rediss://ana:p%40ss%2Fword@cache.example:6380/7?ssl_ca_certs=/etc/ca.pem")
        #expect(endpoint.host == "cache.example")
        #expect(endpoint.port == 6380)
        #expect(endpoint.user == "ana")
        #expect(endpoint.password == RedisSecret("p@ss/word"))
        #expect(endpoint.database == 7)
        #expect(endpoint.usesTLS)
        #expect(endpoint.authoritiesPath == "/etc/ca.pem")
    }

    @Test func defaults() throws {
        for url in ["redis://localhost", "redis://localhost/", "REDIS://localhost"] {
            let endpoint = try RedisEndpoint(url: url)
            #expect(endpoint.port == 6379)
            #expect(endpoint.user == nil && endpoint.password == nil)
            #expect(endpoint.database == 0)
            #expect(!endpoint.usesTLS)
        }
    }

    @Test func passwordWithoutUserAndAddressOfVersion6() throws {
        let endpoint = try RedisEndpoint(url: "redis://:secret@[::1]:7000/1")
        #expect(endpoint.host == "::1")
        #expect(endpoint.user == nil)
        #expect(endpoint.password == RedisSecret("secret"))
        #expect("\(endpoint)" == "redis://[::1]:7000/1")
    }

    @Test(arguments: [
        ("", "must start with redis://"),
        ("localhost:6379", "must start with redis://"),
        ("http://localhost", "must start with redis://"),
        ("redis://", "names no host"),
        ("redis://:x@:6379", "names no host"),
        ("redis://localhost:0", "port"),
        ("redis://localhost:65536", "port"),
        ("redis://localhost:abc", "not a URL"),
        ("redis://localhost/x", "database number"),
        ("redis://localhost/-1", "database number"),
        ("redis://localhost/1024", "database number"),
        ("redis://localhost/1/2", "database number"),
        ("redis://ana@localhost", "a user and no password"),
        ("redis://:hunter2#more@localhost", "not a URL"),
        ("redis://:hunter2@localhost/0#part", "# part"),
        ("redis://:hunter2@localhost/?timeout=3", "\"timeout\""),
        ("redis://:hunter2@localhost/?ssl_ca_certs=/ca.pem", "needs rediss://"),
    ])
    func refuses(_ url: String, _ words: String) throws {
        let error = try #require(throws: ANBError.self) { try RedisEndpoint(url: url) }
        #expect(error.code == .misconfigured)
        #expect(error.userMessage.hasPrefix("REDIS_URL is not valid: "))
        #expect(error.userMessage.contains(words), "\(error.userMessage)")
        #expect(!"\(error)".contains("hunter2"))
    }

    @Test func passwordsAreNeverShown() throws {
        let endpoint = try RedisEndpoint(url: "redis://ana:hunter2@localhost")
        var dumped = ""
        dump(endpoint, to: &dumped)
        for text in ["\(endpoint)", String(reflecting: endpoint), dumped, "\(endpoint.password as Any)"] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
    }
}
