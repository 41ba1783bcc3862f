package import ANBCore
import AsyncHTTPClient
package import Logging
import NIOCore
import NIOHTTP1

/// Signs requests, sends them, and sends them again where that can help.
package struct AWSClient: Sendable {
    /// Bytes of an answer that is read as a whole.
    static let answerBytesMax = 16 << 20

    /// What may differ from request to request.
    package struct Options: Sendable {
        package var payload: SigV4Signer.Payload
        package var rule: RetryPolicy.Rule
        /// From the first byte sent to the last received, for one attempt; of a streamed answer, to its head.
        package var attemptTimeMax: Duration
        /// Finds a refusal in an answer whose status is that of a success.
        package var refusalInside: @Sendable (AWSResponse) -> AWSServiceError?

        package init(
            payload: SigV4Signer.Payload = .empty, rule: RetryPolicy.Rule = .idempotent, attemptTimeMax: Duration = .seconds(20),
            refusalInside: @escaping @Sendable (AWSResponse) -> AWSServiceError? = { _ in nil }
        ) {
            self.payload = payload
            self.rule = rule
            self.attemptTimeMax = attemptTimeMax
            self.refusalInside = refusalInside
        }
    }

    private let signer: SigV4Signer
    private let http: AWSHTTP
    private let provider: any AWSCredentialProvider
    private let readError: @Sendable (AWSResponse) -> AWSServiceError
    private let policy: RetryPolicy
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let logger: Logger
    private let skew = ClockSkew()

    /// - Parameter readError: Reads the service's form of an error.
    package init(
        signer: SigV4Signer, http: AWSHTTP, credentials: any AWSCredentialProvider, policy: RetryPolicy = RetryPolicy(),
        clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs(), logger: Logger,
        readError: @escaping @Sendable (AWSResponse) -> AWSServiceError
    ) {
        self.signer = signer
        self.http = http
        self.provider = credentials
        self.policy = policy
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.readError = readError
    }

    /// A complete answer.
    /// - Throws: ``AWSServiceError`` for a refusal, ``ANBError/Code/unavailable`` when no answer came.
    package func send(_ request: AWSRequest, _ options: Options = Options()) async throws -> AWSResponse {
        try await repeating(request, options) { signed in
            let answer = try await withTimeout(options.attemptTimeMax, clock: clock, doing: "\(request.method)") {
                try await Self.complete(try await http.execute(signed, timeMax: options.attemptTimeMax))
            }
            if answer.status >= 300 { throw error(answer) }
            if let refusal = options.refusalInside(answer) { throw refusal }
            return answer
        }
    }

    /// An answer whose body comes in chunks; it fails when none come for half a minute.
    /// - Throws: As ``send(_:_:)``.
    package func stream(_ request: AWSRequest, _ options: Options = Options()) async throws -> AWSStreamedResponse {
        try await repeating(request, options) { signed in
            let response = try await http.execute(signed, timeMax: options.attemptTimeMax)
            if response.status.code < 300 { return AWSStreamedResponse(response, of: request) }
            let refusal = try await withTimeout(options.attemptTimeMax, clock: clock, doing: "\(request.method)") {
                try await Self.complete(response)
            }
            throw error(refusal)
        }
    }

    /// A URL that carries its signature.
    /// - Parameter expiresSeconds: 1…604,800; temporary credentials may end it earlier.
    package func presign(_ request: AWSRequest, expiresSeconds: Int64) async throws -> String {
        let credentials = try await provider.credentials()
        return signer.presign(request, expiresSeconds: expiresSeconds, with: credentials, at: skew.corrected(clock.now))
    }

    /// As ``SigV4Signer/postFields(conditions:expiresAt:with:at:)``.
    package func postFields(
        conditions: [String], expiresIn life: Duration
    ) async throws -> [(name: String, value: String)] {
        let credentials = try await provider.credentials()
        let now = skew.corrected(clock.now)
        return signer.postFields(conditions: conditions, expiresAt: now + life, with: credentials, at: now)
    }
}

// MARK: - One attempt

extension AWSClient {
    private static func complete(_ response: HTTPClientResponse) async throws -> AWSResponse {
        AWSResponse(
            status: Int(response.status.code), headers: response.headers,
            body: try await response.body.collect(upTo: answerBytesMax))
    }

    private func error(_ answer: AWSResponse) -> AWSServiceError {
        var error = readError(answer)
        error.date = answer.header("Date")
        return error
    }
}

// MARK: - Several attempts

extension AWSClient {
    private func repeating<Answer: Sendable>(
        _ request: AWSRequest, _ options: Options, _ attempt: (AWSRequest) async throws -> Answer
    ) async throws -> Answer {
        var number = 1
        var mayCorrect = true
        while true {
            let credentials = try await provider.credentials()
            let now = skew.corrected(clock.now)
            do {
                return try await attempt(signer.sign(request, payload: options.payload, with: credentials, at: now))
            } catch {
                try Task.checkCancellation()
                let failure = try AttemptFailure(error)
                if mayCorrect, await corrects(failure, credentials) {
                    mayCorrect = false
                    continue
                }
                let pause = policy.pause(after: failure, attempt: number, rule: options.rule, chance: ids.fraction())
                guard let pause else { throw failure.thrown(by: request) }
                logger.debug("a request is sent again", metadata: ["host": "\(request.endpoint)", "error": "\(error)"])
                try await clock.sleep(for: pause)
                number += 1
            }
        }
    }

    /// Whether the reason of a refusal is put right now: our clock, or credentials that are over.
    private func corrects(_ failure: AttemptFailure, _ credentials: AWSCredentials) async -> Bool {
        guard case .refused(let error) = failure else { return false }
        if error.tellsOfExpiredToken {
            await provider.forget(credentials)
            return credentials.sessionToken != nil
        }
        return error.tellsOfClock && skew.learn(from: error.date, now: clock.now)
    }
}
