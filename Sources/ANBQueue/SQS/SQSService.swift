package import ANBAWS
package import ANBCore
import Foundation
package import Logging
import NIOCore
import NIOHTTP1

/// Calls of the SQS service in its JSON protocol.
package struct SQSService: Sendable {
    private struct Failure: Decodable {
        var type: String?
        var message: String?
        var otherMessage: String?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
            case otherMessage = "Message"
        }
    }

    private let endpoint: AWSEndpoint
    private let client: AWSClient

    /// - Throws: ``ANBError/Code/misconfigured`` when the endpoint or the queue's URL is none.
    package init(
        _ settings: SQSSettings, http: AWSHTTP, credentials: any AWSCredentialProvider, policy: RetryPolicy = RetryPolicy(),
        clock: any WallClock = SystemClock(), logger: Logger
    ) throws {
        endpoint = try Self.endpoint(settings)
        client = AWSClient(
            signer: SigV4Signer(service: "sqs", region: settings.region), http: http, credentials: credentials, policy: policy,
            clock: clock, logger: logger, readError: Self.error)
    }

    private static func endpoint(_ settings: SQSSettings) throws -> AWSEndpoint {
        if let endpoint = settings.endpoint { return try AWSEndpoint(endpoint) }
        guard case .url(let text) = settings.queue else { return .aws("sqs", region: settings.region) }
        guard let url = URL(string: text), let scheme = url.scheme, let host = url.host, url.path.count > 1 else {
            throw ANBError(.misconfigured, "\"\(text.prefix(200))\" is not the URL of a queue.")
        }
        return try AWSEndpoint("\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? ""))
    }

    /// - Parameter timeMax: Of one attempt.
    package func call<Input: Encodable, Output: Decodable>(
        _ action: String, _ input: Input, answering: Output.Type = Output.self, timeMax: Duration = .seconds(10)
    ) async throws -> Output {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(input))
        let headers = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "AmazonSQS.\(action)")]
        let options = AWSClient.Options(payload: .sha256(of: body), attemptTimeMax: timeMax)
        let answer = try await client.send(AWSRequest("POST", endpoint, headers: headers, body: .bytes(body)), options)
        let bytes = answer.body.readableBytes == 0 ? Data("{}".utf8) : Data(answer.body.readableBytesView)
        do {
            return try JSONDecoder().decode(Output.self, from: bytes)
        } catch {
            throw ANBError.unavailable("SQS answers \(action) with something else", cause: error)
        }
    }

    /// `com.amazonaws.sqs#QueueDoesNotExist`, or `AWS.SimpleQueueService.NonExistentQueue;Sender` in a header.
    private static func error(_ answer: AWSResponse) -> AWSServiceError {
        let failure = try? JSONDecoder().decode(Failure.self, from: Data(answer.body.readableBytesView))
        let type = failure?.type ?? answer.header("x-amzn-query-error") ?? ""
        let code = type.split(separator: "#").last?.split(separator: ";").first ?? ""
        return AWSServiceError(
            status: answer.status, code: String(code), message: failure?.message ?? failure?.otherMessage ?? "",
            requestID: answer.header("x-amzn-RequestId") ?? "")
    }
}

extension AWSServiceError {
    var tellsOfMissingQueue: Bool { code.hasSuffix("QueueDoesNotExist") || code.hasSuffix("NonExistentQueue") }

    /// The delivery is over: it was acknowledged, or its time has passed.
    var tellsOfEndedDelivery: Bool {
        ["ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"].contains { code.hasSuffix($0) }
    }
}
