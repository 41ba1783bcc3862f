/// One place where credentials may come from.
package protocol CredentialSource: Sendable {
    /// For the line that tells which places were tried.
    var name: String { get }
    /// - Returns: `nil` when this place is not set up here, so that the next one is asked.
    /// - Throws: ``ANBError`` when it is set up and does not work; then no other place is asked.
    func load() async throws -> AWSCredentials?
}

/// The variables that the AWS tools share; empty counts as not set.
package struct AWSVariables: Sendable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    package subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }
}
