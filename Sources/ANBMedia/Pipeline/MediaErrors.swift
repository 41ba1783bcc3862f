import ANBCore

extension ANBError {
    /// The player's file is refused; `reason` is a sentence the player can act on.
    static func rejected(_ code: FailureCode, _ reason: String, operatorMessage: String? = nil) -> ANBError {
        ANBError(.mediaRejected, reason, operatorMessage: operatorMessage, failureCode: code)
    }

    /// The file claims more than it holds, or what it holds cannot be decoded.
    static func damaged(_ detail: String, operatorMessage: String? = nil) -> ANBError {
        rejected(.fileDamaged, "The video file is damaged or incomplete: \(detail).", operatorMessage: operatorMessage)
    }

    /// A fault that may not be the file's; another attempt may pass.
    static func engine(_ operatorMessage: String, failureCode: FailureCode? = nil, cause: (any Error)? = nil) -> ANBError {
        ANBError(
            .mediaFailed, "The video could not be processed. We will try again.",
            operatorMessage: operatorMessage, recovery: .retryNow, failureCode: failureCode, cause: cause)
    }

    /// An intro, outro or watermark that cannot be used; the process must not start with it.
    static func unusableAsset(_ message: String, cause: (any Error)? = nil) -> ANBError {
        ANBError(.misconfigured, message, cause: cause)
    }
}
