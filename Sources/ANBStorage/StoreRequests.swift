import ANBCore

// What every store asks of its caller's parameters.

extension ANBError {
    static func objectNotFound(_ key: ObjectKey) -> ANBError {
        ANBError(.notFound, "The file does not exist.", operatorMessage: "there is no object \(key)")
    }

    static func objectExists(_ key: ObjectKey) -> ANBError {
        ANBError(.preconditionFailed, "The file exists already.", operatorMessage: "there is an object \(key) already")
    }
}

/// - Throws: `invalidRequest` when the range starts before the object, or at or after its end.
func clamp(_ range: Range<Int64>?, toByteCount byteCount: Int64) throws -> Range<Int64> {
    guard let range else { return 0..<byteCount }
    guard range.lowerBound >= 0, range.lowerBound < byteCount else {
        throw ANBError(
            .invalidRequest, "The requested part lies outside of the file.",
            operatorMessage: "the range \(range) starts outside of \(byteCount) bytes")
    }
    return range.clamped(to: 0..<byteCount)
}

/// - Throws: `invalidRequest` unless the limit of a listing is in 1…1,000.
func checkListLimit(_ limit: Int) throws {
    guard (1...1000).contains(limit) else {
        throw ANBError(.invalidRequest, "The limit is out of range.", operatorMessage: "a listing of \(limit) objects")
    }
}

extension LocalURLSigner {
    /// - Throws: `invalidRequest` when the URL would live less than a second.
    func sign(_ key: ObjectKey, expires: Duration, now: Timestamp) throws -> String {
        guard expires >= .seconds(1) else {
            throw ANBError(.invalidRequest, "The link would expire at once.", operatorMessage: "a URL for \(expires)")
        }
        return sign(key, expires: (now + expires).seconds)
    }
}
