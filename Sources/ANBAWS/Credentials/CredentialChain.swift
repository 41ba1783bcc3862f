package import ANBCore

/// Asks one place after the other; the first that is set up decides.
package struct CredentialChain: CredentialSource {
    package let name = "credential chain"
    private let sources: [any CredentialSource]

    package init(_ sources: [any CredentialSource]) { self.sources = sources }

    /// The order of the documentation: environment, web identity, container endpoint, profile, instance metadata.
    /// - Parameter region: Whose STS is asked.
    package static func standard(
        _ variables: AWSVariables, region: String, http: AWSHTTP, clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) throws -> CredentialChain {
        let sts = try variables["AWS_ENDPOINT_URL_STS"].map { try AWSEndpoint($0) } ?? .aws("sts", region: region)
        return CredentialChain([
            EnvironmentCredentials(variables),
            WebIdentityCredentials(variables, endpoint: sts, http: http, clock: clock, ids: ids),
            ContainerCredentials(variables, http: http, clock: clock, ids: ids),
            ProfileCredentials(variables),
            InstanceCredentials(variables, http: http, clock: clock, ids: ids),
        ])
    }

    package func load() async throws -> AWSCredentials? {
        for source in sources {
            if let found = try await source.load() { return found }
        }
        let tried = sources.map(\.name).joined(separator: ", ")
        throw ANBError.unavailable("there are no AWS credentials; tried: \(tried)", after: .seconds(30))
    }
}
