import ANBCore
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The plain requests, without a signature, with which credentials are fetched.
struct CredentialHTTP: Sendable {
    /// These endpoints are near and small; whoever needs longer is not there.
    private static let answerTimeMax: Duration = .seconds(5)
    private static let answerBytesMax = 256 << 10
    private static let attemptsMax = 3
    private static let pauseMax: Duration = .milliseconds(300)

    let http: AWSHTTP
    let clock: any WallClock
    let ids: any IDGenerator

    /// - Parameter attemptsMax: Only answers of 5xx and missing answers are tried again.
    /// - Throws: ``ANBError/Code/unavailable`` when no answer comes.
    func send(
        _ request: AWSRequest, attemptsMax: Int = CredentialHTTP.attemptsMax, timeMax: Duration = CredentialHTTP.answerTimeMax
    ) async throws -> AWSResponse {
        for attempt in 1..<max(attemptsMax, 1) {
            if let answer = try? await once(request, timeMax), answer.status < 500 { return answer }
            try Task.checkCancellation()
            try await clock.sleep(for: Self.pauseMax * (Double(attempt) * ids.fraction()))
        }
        do {
            return try await once(request, timeMax)
        } catch {
            throw try AttemptFailure(error).thrown(by: request)
        }
    }

    private func once(_ request: AWSRequest, _ timeMax: Duration) async throws -> AWSResponse {
        try await withTimeout(timeMax, clock: clock, doing: "\(request.method) \(request.endpoint)") {
            let answer = try await http.execute(request, timeMax: timeMax)
            let body = try await answer.body.collect(upTo: Self.answerBytesMax)
            return AWSResponse(status: Int(answer.status.code), headers: answer.headers, body: body)
        }
    }
}

/// The JSON that container and instance endpoints answer with.
struct CredentialDocument: Decodable {
    var accessKeyID: String
    var secretAccessKey: String
    var token: String?
    var expiration: String?

    enum CodingKeys: String, CodingKey {
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
    }

    /// - Throws: ``ANBError/Code/unavailable``; the text of the answer stays out of it, it may hold a secret.
    static func credentials(in answer: AWSResponse, from name: String) throws -> AWSCredentials {
        guard answer.status == 200 else { throw ANBError.unavailable("\(name) answers HTTP \(answer.status)") }
        do {
            let document = try JSONDecoder().decode(Self.self, from: Data(answer.body.readableBytesView))
            return AWSCredentials(
                accessKeyID: document.accessKeyID, secretAccessKey: document.secretAccessKey, sessionToken: document.token,
                expiresAt: try document.expiration.map(timestamp))
        } catch {
            throw ANBError.unavailable("\(name) answers something that is no credentials")
        }
    }

    /// RFC 3339, with or without fractions of a second.
    static func timestamp(_ text: String) throws -> Timestamp {
        let whole = try? Date(text, strategy: .iso8601)
        return Timestamp(try whole ?? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
