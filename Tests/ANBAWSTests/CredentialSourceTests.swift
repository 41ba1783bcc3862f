@testable import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import Testing

/// Each place where credentials may come from, against an endpoint or files that behave like the real ones.
@Suite struct CredentialSourceTests {
    private static let http = AWSHTTP()
    private static let document = """
        {"AccessKeyId":"AK","SecretAccessKey":"secret","Token":"token","Expiration":"2026-01-01T12:00:00Z","Code":"Success"}
        """
    private let expected = AWSCredentials(
        accessKeyID: "AK", secretAccessKey: "secret", sessionToken: "token",
        expiresAt: Timestamp(milliseconds: 1_767_268_800_000))

    // MARK: Environment

    @Test func environment() async throws {
        let found = try await EnvironmentCredentials(
            AWSVariables(["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": ""])).load()
        #expect(found == AWSCredentials(accessKeyID: "AK", secretAccessKey: "secret"))
        #expect(try await EnvironmentCredentials(AWSVariables(["AWS_ACCESS_KEY_ID": ""])).load() == nil)
        for half in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            try await expectError(.misconfigured) { try await EnvironmentCredentials(AWSVariables([half: "x"])).load() }
        }
    }

    // MARK: Web identity

    private func webIdentity(_ variables: [String: String], at url: String) throws -> WebIdentityCredentials {
        WebIdentityCredentials(
            AWSVariables(variables), endpoint: try AWSEndpoint(url), http: Self.http, clock: SystemClock(), ids: SystemIDs())
    }

    private static let stsAnswer = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
        <SessionToken>token</SessionToken><Expiration>2026-01-01T12:00:00.000Z</Expiration></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """

    @Test func webIdentityTradesTheTokenFile() async throws {
        let endpoint = FakeEndpoint([.init(500), .init(200, Self.stsAnswer)])
        try await withFile("a.b/c+d\n") { path in
            let found = try await endpoint.listening { url in
                try await webIdentity(
                    ["AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_ROLE_SESSION_NAME": "s"],
                    at: url
                ).load()
            }
            #expect(found == expected)
        }
        let question = try #require(endpoint.questions.last)
        #expect(question.method == "POST")
        #expect(question.body.contains("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"))
        #expect(question.body.hasSuffix("&RoleSessionName=s&WebIdentityToken=a.b%2Fc%2Bd"))
        #expect(question.headers["authorization"] == nil)
    }

    @Test func webIdentityTellsWhatIsWrong() async throws {
        let refusing = FakeEndpoint([
            .init(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
        ])
        try await withFile("t") { path in
            let variables = ["AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": "r"]
            try await refusing.listening { url in
                let error = try await expectError(.unavailable) { try await webIdentity(variables, at: url).load() }
                #expect(error.operatorMessage.contains("AccessDenied no"))
                #expect(try await webIdentity([:], at: url).load() == nil)
                for wrong in [["AWS_WEB_IDENTITY_TOKEN_FILE": path], ["AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "r"]] {
                    try await expectError(.misconfigured) { try await webIdentity(wrong, at: url).load() }
                }
            }
            try await FakeEndpoint([.init(200, "<html>")]).listening { url in
                _ = try await expectError(.unavailable) { try await webIdentity(variables, at: url).load() }
            }
        }
    }

    // MARK: Container endpoint

    private func container(_ variables: [String: String], host: String = "http://169.254.170.2") -> ContainerCredentials {
        ContainerCredentials(
            AWSVariables(variables), http: Self.http, clock: SystemClock(), ids: SystemIDs(), relativeHost: host)
    }

    @Test func containerByRelativeURI() async throws {
        let endpoint = FakeEndpoint([.init(200, Self.document)])
        let found = try await endpoint.listening { url in
            try await container(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x?y=1"], host: url).load()
        }
        #expect(found == expected)
        #expect(endpoint.questions.map(\.target) == ["/v2/credentials/x?y=1"])
    }

    @Test func containerByFullURIWithATokenThatIsReadEachTime() async throws {
        let endpoint = FakeEndpoint([.init(200, Self.document)])
        try await withFile("first\n") { path in
            try await endpoint.listening { url in
                let source = container([
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/v1/credentials",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "ignored", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path,
                ])
                #expect(try await source.load() == expected)
                try Data("second".utf8).write(to: URL(filePath: path))
                #expect(try await source.load() == expected)
                _ = try await container([
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "plain",
                ]).load()
            }
        }
        #expect(endpoint.questions.map { $0.headers["authorization"] } == ["first", "second", "plain"])
    }

    @Test func containerRefusesStrangersAndBrokenSettings() async throws {
        #expect(try await container([:]).load() == nil)
        for url in ["http://example.com/x", "http://169.254.169.254/x", "no url", "http://10.0.0.1"] {
            try await expectError(.misconfigured) { try await container(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]).load() }
        }
        try await FakeEndpoint([.init(200, Self.document)]).listening { url in
            for token in ["two\nlines", "x\r\ny: z"] {
                try await expectError(.misconfigured) {
                    try await container([
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
                    ]).load()
                }
            }
        }
        try await FakeEndpoint([.init(404, "secret stuff")]).listening { url in
            let error = try await expectError(.unavailable) {
                try await container(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]).load()
            }
            #expect(!error.operatorMessage.contains("secret stuff"))
        }
    }

    // MARK: Instance metadata

    private func instance(_ variables: [String: String]) -> InstanceCredentials {
        InstanceCredentials(AWSVariables(variables), http: Self.http, clock: SystemClock(), ids: SystemIDs())
    }

    @Test func instanceMetadataInVersionTwo() async throws {
        let endpoint = FakeEndpoint { question, _ in
            switch (question.method, question.path) {
            case ("PUT", "/latest/api/token"): .init(200, "session")
            case (_, _) where question.headers["x-aws-ec2-metadata-token"] != "session": .init(401)
            case ("GET", "/latest/meta-data/iam/security-credentials/"): .init(200, "my-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/my-role"): .init(200, Self.document)
            default: .init(404)
            }
        }
        let found = try await endpoint.listening { url in
            try await instance(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url]).load()
        }
        #expect(found == expected)
        #expect(endpoint.questions.first?.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
    }

    @Test func noInstanceMetadataIsNoError() async throws {
        #expect(try await instance(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]).load() == nil)
        #expect(try await instance(["AWS_EC2_METADATA_DISABLED": "TRUE"]).load() == nil)
        let withoutRole = FakeEndpoint { question, _ in question.method == "PUT" ? .init(200, "s") : .init(404) }
        let found = try await withoutRole.listening { url in
            try await instance(["AWS_EC2_METADATA_SERVICE_ENDPOINT": url]).load()
        }
        #expect(found == nil)
    }

    // MARK: Profile

    @Test func profileFiles() async throws {
        let config = """
            # a comment
            [default]
            aws_access_key_id = from-config
            aws_secret_access_key = config-secret
            [profile keys]
            aws_access_key_id=AK
            aws_secret_access_key = a#b/c+d=   ; a comment
            s3 =
              aws_access_key_id = nested
            [profile process]
            credential_process = /bin/x
            """
        let credentials = "[default]\naws_access_key_id = AK2\naws_secret_access_key = s2\naws_session_token = t2\n"
        try await withFile(config) { config in
            try await withFile(credentials) { credentials in
                func load(_ more: [String: String]) async throws -> AWSCredentials? {
                    let files = ["AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials]
                    return try await ProfileCredentials(AWSVariables(files.merging(more) { $1 })).load()
                }
                let standard = AWSCredentials(accessKeyID: "AK2", secretAccessKey: "s2", sessionToken: "t2")
                #expect(try await load([:]) == standard)
                #expect(try await load(["AWS_PROFILE": "keys"]) == AWSCredentials(accessKeyID: "AK", secretAccessKey: "a#b/c+d="))
                let error = try await expectError(.misconfigured) { try await load(["AWS_PROFILE": "process"]) }
                #expect(error.userMessage.contains("credential_process"))
                try await expectError(.misconfigured) { try await load(["AWS_PROFILE": "missing"]) }
                #expect(try await load(["AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none"]) == nil)
            }
        }
    }

    // MARK: Chain

    @Test func theFirstPlaceThatIsSetUpDecides() async throws {
        try await withFile("[default]\naws_access_key_id = profile\naws_secret_access_key = s\n") { path in
            let endpoint = FakeEndpoint([.init(200, Self.document)])
            let names = try await endpoint.listening { url in
                var variables = [
                    "AWS_ACCESS_KEY_ID": "environment", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SHARED_CREDENTIALS_FILE": path,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_EC2_METADATA_DISABLED": "true",
                ]
                var names: [String?] = []
                for removed in ["AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SHARED_CREDENTIALS_FILE"] {
                    names.append(try await chain(variables).load()?.accessKeyID)
                    variables[removed] = nil
                    variables["AWS_SECRET_ACCESS_KEY"] = nil
                }
                let error = try await expectError(.unavailable) { try await chain(variables).load() }
                #expect(error.operatorMessage.contains("environment, web identity, container endpoint, profile, instance metadata"))
                return names
            }
            #expect(names == ["environment", "AK", "profile"])
        }
    }

    private func chain(_ variables: [String: String]) throws -> CredentialChain {
        try CredentialChain.standard(AWSVariables(variables), region: "us-east-1", http: Self.http)
    }

    private func withFile<Value>(_ text: String, _ body: (String) async throws -> Value) async throws -> Value {
        let file = FileManager.default.temporaryDirectory.appending(path: "anb-aws-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try await body(file.path)
    }
}
