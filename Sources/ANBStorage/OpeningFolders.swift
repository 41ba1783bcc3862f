import ANBCore

/// Runs what opens a store or a scratch space at the start of a process.
/// - Throws: ``ANBError/Code/misconfigured`` naming the path, whatever went wrong.
func usingFolder<Value>(_ path: String, _ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch {
        let reason = (error as? ANBError)?.operatorMessage ?? "\(error)"
        throw ANBError(
            .misconfigured, "The server is not set up.", operatorMessage: "the folder \(path) cannot be used: \(reason)",
            cause: error)
    }
}
