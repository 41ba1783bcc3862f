package import ANBCore
import NIOCore

/// A token file (Kubernetes service accounts write one) traded for credentials of a role at STS.
package struct WebIdentityCredentials: CredentialSource {
    package let name = "web identity"
    private let variables: AWSVariables
    private let http: CredentialHTTP
    private let endpoint: AWSEndpoint

    /// - Parameters:
    ///   - endpoint: Of STS.
    package init(
        _ variables: AWSVariables, endpoint: AWSEndpoint, http: AWSHTTP, clock: any WallClock, ids: any IDGenerator
    ) {
        self.variables = variables
        self.http = CredentialHTTP(http: http, clock: clock, ids: ids)
        self.endpoint = endpoint
    }

    package func load() async throws -> AWSCredentials? {
        guard let path = variables["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
        guard let role = variables["AWS_ROLE_ARN"] else {
            throw ANBError(.misconfigured, "AWS_WEB_IDENTITY_TOKEN_FILE is set, so AWS_ROLE_ARN must be set too.")
        }
        // Read each time: the cluster replaces it.
        let token = try await SmallFile.text(path, namedBy: "AWS_WEB_IDENTITY_TOKEN_FILE")
        let answer = try await http.send(assumeRole(role, token))
        guard answer.status == 200 else { throw refusal(answer) }
        return try credentials(answer.body)
    }

    private func assumeRole(_ role: String, _ token: String) -> AWSRequest {
        let session = variables["AWS_ROLE_SESSION_NAME"] ?? "anb-\(http.clock.now.milliseconds)"
        let token = token.split(whereSeparator: \.isWhitespace).joined()
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session), ("WebIdentityToken", token),
        ]
        let body = form.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        return AWSRequest(
            "POST", endpoint, headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: .bytes(ByteBuffer(string: body)))
    }

    private func refusal(_ answer: AWSResponse) -> ANBError {
        let error = (try? MarkupElement.parse(answer.body))?["Error"]
        let reason = "\(error?.text("Code") ?? "") \(error?.text("Message") ?? "")"
        return .unavailable("STS refuses the web identity: HTTP \(answer.status) \(reason)", after: .seconds(30))
    }

    private func credentials(_ body: ByteBuffer) throws -> AWSCredentials {
        let answer = try? MarkupElement.parse(body)
        guard let found = answer?["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let id = found.text("AccessKeyId"), let secret = found.text("SecretAccessKey"),
            let token = found.text("SessionToken"), let expiration = found.text("Expiration"),
            let expiresAt = try? CredentialDocument.timestamp(expiration)
        else { throw ANBError.unavailable("STS answers something that is no credentials") }
        return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiresAt: expiresAt)
    }
}
