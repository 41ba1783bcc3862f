import ANBCore

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and perhaps `AWS_SESSION_TOKEN`.
package struct EnvironmentCredentials: CredentialSource {
    package let name = "environment"
    private let variables: AWSVariables

    package init(_ variables: AWSVariables) { self.variables = variables }

    package func load() async throws -> AWSCredentials? {
        switch (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]) {
        case (nil, nil): return nil
        case (let id?, let secret?):
            return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: variables["AWS_SESSION_TOKEN"])
        case (nil, _?), (_?, nil):
            throw ANBError(.misconfigured, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.")
        }
    }
}
