package import ANBCore

/// A key that signs requests.
package struct AWSCredentials: Hashable, Sendable {
    package var accessKeyID: String
    package var secretAccessKey: String
    /// Comes with temporary keys and goes with every request.
    package var sessionToken: String?
    /// `nil`: a key that does not expire.
    package var expiresAt: Timestamp?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiresAt: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiresAt = expiresAt
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the secret, however the value is printed.
    package var description: String { "credentials \(accessKeyID)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

/// Whoever has credentials that are valid now.
package protocol AWSCredentialProvider: Sendable {
    /// - Throws: ``ANBError/Code/unavailable`` when there are none now, or nobody has set any up.
    func credentials() async throws -> AWSCredentials
    /// The service says that these have expired: the next ones must be new.
    func forget(_ credentials: AWSCredentials) async
}

extension AWSCredentials: AWSCredentialProvider {
    package func credentials() async throws -> AWSCredentials { self }
    package func forget(_ credentials: AWSCredentials) async {}
}
