package import ANBCore
import Foundation

/// The endpoint that ECS and EKS Pod Identity give to a container.
package struct ContainerCredentials: CredentialSource {
    package let name = "container endpoint"

    private static let hostOfECS = "http://169.254.170.2"
    /// Whoever else is asked over plain HTTP could be anyone.
    private static let trustedHosts: Set<String> = [
        "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "[fd00:ec2::23]", "localhost", "::1", "[::1]",
    ]

    private let variables: AWSVariables
    private let http: CredentialHTTP
    private let relativeHost: String

    /// - Parameter relativeHost: Whom `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is relative to; ECS unless a test says otherwise.
    package init(
        _ variables: AWSVariables, http: AWSHTTP, clock: any WallClock, ids: any IDGenerator,
        relativeHost: String = ContainerCredentials.hostOfECS
    ) {
        self.variables = variables
        self.http = CredentialHTTP(http: http, clock: clock, ids: ids)
        self.relativeHost = relativeHost
    }

    package func load() async throws -> AWSCredentials? {
        guard let request = try await request() else { return nil }
        return try CredentialDocument.credentials(in: try await http.send(request), from: "the container's credential endpoint")
    }

    private func request() async throws -> AWSRequest? {
        if let path = variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            return try await request(relativeHost + path, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        }
        guard let url = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else { return nil }
        return try await request(url, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    }

    private func request(_ text: String, _ variable: String) async throws -> AWSRequest {
        guard let url = URLComponents(string: text), let host = url.host, let scheme = url.scheme else {
            throw ANBError(.misconfigured, "\(variable): \"\(text.prefix(200))\" is not a URL.")
        }
        guard scheme == "https" || host.hasPrefix("127.") || Self.trustedHosts.contains(host) else {
            throw ANBError(.misconfigured, "\(variable): \(host) must be asked over https.")
        }
        let endpoint = try AWSEndpoint("\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? ""))
        let query = (url.queryItems ?? []).map { (name: $0.name, value: $0.value ?? "") }
        return AWSRequest(
            "GET", endpoint, path: url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath, query: query,
            headers: try await authorization())
    }

    /// The file wins: its content is replaced while the container runs.
    private func authorization() async throws -> [(name: String, value: String)] {
        var token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            token = try await SmallFile.text(path, namedBy: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let token else { return [] }
        guard token.allSatisfy({ !$0.isNewline }) else {
            throw ANBError(.misconfigured, "The container's authorization token must be a single line.")
        }
        return [("Authorization", token)]
    }
}
