import ANBCore

/// What a parent tells its decoding child, once, at the start.
struct ChildRequest: Sendable, Codable {
    var parent: Int32
    /// With the child's descriptor numbers.
    var job: MediaJob
}

/// What a child answers: any number of `progress`, then one of the others.
enum ChildReply: Sendable, Codable {
    case progress(Double)
    case done(MediaJob.Outcome, peakResidentBytes: Int64)
    case failed(ChildFailure)
}

/// An error as it crosses the pipe.
struct ChildFailure: Sendable, Codable {
    /// A child may blame the file, the settings or itself, and nothing else.
    private static let codes: [ANBError.Code] = [.mediaRejected, .misconfigured, .mediaFailed]
    private static let charactersMax = 400

    var code: String
    var userMessage: String
    var operatorMessage: String
    var failureCode: FailureCode?

    init(_ error: any Error) {
        let error = error as? ANBError ?? .engine("\(error)")
        code = error.code.rawValue
        userMessage = error.userMessage
        operatorMessage = error.operatorMessage
        failureCode = error.failureCode
    }

    /// The error, as far as a process that a hostile file may have taken over can be believed.
    var error: ANBError {
        guard let code = Self.codes.first(where: { $0.rawValue == code }), code != .mediaFailed else {
            return .engine(Self.clean(operatorMessage))
        }
        return ANBError(
            code, Self.clean(userMessage), operatorMessage: Self.clean(operatorMessage), failureCode: failureCode)
    }

    private static func clean(_ text: String) -> String {
        String(text.prefix(charactersMax).map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
    }
}
