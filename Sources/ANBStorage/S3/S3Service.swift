package import ANBAWS
package import ANBCore
package import Logging
import NIOCore

/// Requests to one S3 service.
package struct S3Service: Sendable {
    private let endpoint: AWSEndpoint
    private let usesPathStyle: Bool
    let client: AWSClient

    /// - Throws: ``ANBError/Code/misconfigured`` when the endpoint is not one.
    package init(
        _ settings: S3Settings, http: AWSHTTP, credentials: any AWSCredentialProvider, policy: RetryPolicy = RetryPolicy(),
        clock: any WallClock = SystemClock(), logger: Logger
    ) throws {
        endpoint = try settings.endpoint.map { try AWSEndpoint($0) } ?? .aws("s3", region: settings.region)
        usesPathStyle = settings.usesPathStyle
        client = AWSClient(
            signer: SigV4Signer(service: "s3", region: settings.region), http: http, credentials: credentials, policy: policy,
            clock: clock, logger: logger, readError: Self.error)
    }

    /// - Parameter name: The object's name; empty for the bucket itself.
    package func request(
        _ method: String, bucket: String, name: String = "", query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: AWSBody = .bytes(ByteBuffer())
    ) -> AWSRequest {
        let path = "/" + name.percentEncoded(keepsSlashes: true)
        return AWSRequest(
            method, usesPathStyle ? endpoint : endpoint.subdomain(bucket),
            path: usesPathStyle ? "/\(bucket)\(path == "/" ? "" : path)" : path, query: query, headers: headers, body: body)
    }

    package func send(_ request: AWSRequest, _ options: AWSClient.Options = .init()) async throws -> AWSResponse {
        try await client.send(request, options)
    }

    private static func error(_ answer: AWSResponse) -> AWSServiceError {
        let document = try? MarkupElement.parse(answer.body)
        return AWSServiceError(
            status: answer.status, code: document?.text("Code") ?? "", message: document?.text("Message") ?? "",
            requestID: answer.header("x-amz-request-id") ?? "")
    }
}
