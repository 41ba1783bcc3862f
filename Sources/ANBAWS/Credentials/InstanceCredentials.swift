package import ANBCore
import NIOCore

/// The role of the EC2 instance, from its metadata service in version 2.
package struct InstanceCredentials: CredentialSource {
    package let name = "instance metadata"

    package static let standardEndpoint = "http://169.254.169.254"
    private static let rolesPath = "/latest/meta-data/iam/security-credentials/"
    private static let sessionSecondsMax = 21_600
    /// Outside of EC2 nobody answers; that must not hold up the start.
    private static let answerTimeMax: Duration = .seconds(1)
    private static let attemptsMax = 2

    private let variables: AWSVariables
    private let http: CredentialHTTP

    package init(_ variables: AWSVariables, http: AWSHTTP, clock: any WallClock, ids: any IDGenerator) {
        self.variables = variables
        self.http = CredentialHTTP(http: http, clock: clock, ids: ids)
    }

    package func load() async throws -> AWSCredentials? {
        if variables["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        let endpoint = try AWSEndpoint(variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? Self.standardEndpoint)
        guard let session = try await openSession(endpoint) else { return nil }
        guard let role = try await role(endpoint, session) else { return nil }
        let answer = try await get(endpoint, Self.rolesPath + role.percentEncoded(), session)
        return try CredentialDocument.credentials(in: answer, from: "the instance metadata service")
    }

    /// - Returns: `nil` when there is no such service.
    private func openSession(_ endpoint: AWSEndpoint) async throws -> String? {
        let life = (name: "X-aws-ec2-metadata-token-ttl-seconds", value: "\(Self.sessionSecondsMax)")
        let request = AWSRequest("PUT", endpoint, path: "/latest/api/token", headers: [life])
        do {
            let answer = try await send(request)
            return answer.status == 200 ? String(buffer: answer.body) : nil
        } catch is ANBError {
            return nil
        }
    }

    /// - Returns: `nil` when the instance has none.
    private func role(_ endpoint: AWSEndpoint, _ session: String) async throws -> String? {
        let answer = try await get(endpoint, Self.rolesPath, session)
        if answer.status == 404 { return nil }
        guard answer.status == 200, let role = String(buffer: answer.body).split(whereSeparator: \.isNewline).first else {
            throw ANBError.unavailable("the instance metadata service answers HTTP \(answer.status) to the question for the role")
        }
        return String(role)
    }

    private func get(_ endpoint: AWSEndpoint, _ path: String, _ session: String) async throws -> AWSResponse {
        try await send(AWSRequest("GET", endpoint, path: path, headers: [("X-aws-ec2-metadata-token", session)]))
    }

    private func send(_ request: AWSRequest) async throws -> AWSResponse {
        try await http.send(request, attemptsMax: Self.attemptsMax, timeMax: Self.answerTimeMax)
    }
}
