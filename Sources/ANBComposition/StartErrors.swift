import ANBAWS
import ANBCore

/// Runs one step of a start. An error that ends it says which settings to look at, unless it names one of them itself.
/// - Parameters:
///   - settings: By name, the likeliest first.
///   - advice: What would be right; goes behind errors of the settings.
func blaming<Value>(_ settings: [String], advice: String = "", _ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ANBError {
        throw error.blaming(settings, advice: error.code == .misconfigured ? advice : "")
    }
}

/// The same for a service of AWS, whose refusals tell what is wrong.
/// - Parameters:
///   - thing: The settings that name the bucket or the queue.
///   - place: The settings that tell where the service is.
func blamingAWS<Value>(thing: [String], place: [String], _ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ANBError {
        throw AWSBlame(thing: thing, place: place).onto(error)
    }
}

extension ANBError {
    func blaming(_ settings: [String], advice: String = "") -> ANBError {
        var error = self
        let settings = settings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } as [String]
        if !settings.contains(where: operatorMessage.contains) {
            error.operatorMessage = "\(settings.joined(separator: ", ")): \(operatorMessage)"
        }
        if !advice.isEmpty, !operatorMessage.contains(advice) {
            error.operatorMessage = error.operatorMessage.trimmingSuffix(".") + "; \(advice)"
        }
        return error
    }
}

extension String {
    fileprivate func trimmingSuffix(_ end: String) -> String { hasSuffix(end) ? String(dropLast(end.count)) : self }
}

private struct AWSBlame {
    private static let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]

    let thing: [String]
    let place: [String]

    func onto(_ error: ANBError) -> ANBError {
        if error.code == .misconfigured { return error.blaming(thing) }
        guard let refusal = error.cause as? AWSServiceError else {
            // Nobody answered, or there is nothing to sign with.
            return error.blaming(error.operatorMessage.contains("AWS credentials") ? Self.keys : place)
        }
        if refusal.tellsOfCredentials {
            return forGood(error.blaming(Self.keys, advice: "they must belong together and have the rights of Docs/AWS.md"))
        }
        if refusal.status == 404 { return forGood(error.blaming(thing, advice: "it must exist there")) }
        return error.blaming(thing + place)
    }

    /// At a start, waiting does not help: somebody has to change a setting.
    private func forGood(_ error: ANBError) -> ANBError {
        var error = error
        error.code = .misconfigured
        error.recovery = .never
        return error
    }
}
