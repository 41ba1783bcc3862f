import ANBCore

/// Compares what a source delivers with what it promised.
struct PromisedBytes {
    let promised: Int64?
    private(set) var count: Int64 = 0

    init(_ promised: Int64?) { self.promised = promised }

    /// - Throws: `invalidRequest` as soon as there are more bytes than promised.
    mutating func add(_ byteCount: Int) throws {
        count += Int64(byteCount)
        if let promised, count > promised { throw mismatch("more than") }
    }

    /// - Throws: `invalidRequest` when there were fewer bytes than promised.
    func finish() throws {
        if let promised, count < promised { throw mismatch("only \(count) of") }
    }

    private func mismatch(_ difference: String) -> ANBError {
        ANBError(
            .invalidRequest, "The upload does not have the size that was announced.",
            operatorMessage: "the source delivered \(difference) the promised \(promised ?? 0) bytes")
    }
}
