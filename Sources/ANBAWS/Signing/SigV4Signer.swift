package import ANBCore
import Crypto
import Foundation
package import NIOCore

/// Signs requests with AWS Signature Version 4.
package struct SigV4Signer: Sendable {
    /// What a signature says of the body.
    package enum Payload: Hashable, Sendable {
        /// Lowercase hex; the service refuses a body with another hash.
        case sha256(String)
        /// Nothing: for URLs that are handed out, where the body is not known.
        case unsigned

        /// Of no bytes.
        package static let empty = Payload.sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

        /// Of these bytes.
        package static func sha256(of bytes: ByteBuffer) -> Payload {
            .sha256(lowercaseHex(bytes.withUnsafeReadableBytes { SHA256.hash(data: $0) }))
        }

        var text: String {
            switch self {
            case .sha256(let hex): hex
            case .unsigned: "UNSIGNED-PAYLOAD"
            }
        }
    }

    private static let algorithm = "AWS4-HMAC-SHA256"
    /// Proxies may add or change these.
    private static let unsignedHeaders: Set<String> = ["user-agent", "expect", "transfer-encoding", "x-amzn-trace-id"]

    package let service: String
    package let region: String
    private let pathRule: CanonicalRequest.PathRule

    /// - Parameter service: `s3` signs the path as it is and tells the body's hash in a header.
    package init(service: String, region: String) {
        self.init(service: service, region: region, pathRule: service == "s3" ? .verbatim : .normalized)
    }

    init(service: String, region: String, pathRule: CanonicalRequest.PathRule) {
        self.service = service
        self.region = region
        self.pathRule = pathRule
    }

    /// The request with its `Authorization` header and what belongs to it.
    package func sign(
        _ request: AWSRequest, payload: Payload, with credentials: AWSCredentials, at time: Timestamp
    ) -> AWSRequest {
        var request = request
        request.headers.append(("X-Amz-Date", Self.text(time)))
        if service == "s3" { request.headers.append(("X-Amz-Content-SHA256", payload.text)) }
        if let token = credentials.sessionToken { request.headers.append(("X-Amz-Security-Token", token)) }
        let canonical = canonicalRequest(request, payload: payload)
        let signature = signature(of: stringToSign(canonical, time), with: credentials, at: time)
        let value = "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(time)), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        request.headers.append(("Authorization", value))
        return request
    }

    /// A URL that carries its signature. Whoever uses it sends the request's own headers with it.
    /// - Parameter expiresSeconds: 1…604,800, from `time`.
    package func presign(
        _ request: AWSRequest, expiresSeconds: Int64, payload: Payload = .unsigned, with credentials: AWSCredentials,
        at time: Timestamp
    ) -> String {
        var request = request
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(time))"),
            ("X-Amz-Date", Self.text(time)),
            ("X-Amz-Expires", "\(expiresSeconds)"),
            ("X-Amz-SignedHeaders", canonicalRequest(request, payload: payload).signedHeaders),
        ]
        if let token = credentials.sessionToken { request.query.append(("X-Amz-Security-Token", token)) }
        let text = stringToSign(canonicalRequest(request, payload: payload), time)
        return "\(request.url)&X-Amz-Signature=\(signature(of: text, with: credentials, at: time))"
    }

    /// The form fields, in order, with which a browser may upload what the conditions allow.
    /// - Parameters:
    ///   - conditions: JSON texts of conditions besides those of the signature itself.
    ///   - expiresAt: When the permission ends.
    package func postFields(
        conditions: [String], expiresAt: Timestamp, with credentials: AWSCredentials, at time: Timestamp
    ) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = [
            ("x-amz-algorithm", Self.algorithm),
            ("x-amz-credential", "\(credentials.accessKeyID)/\(scope(time))"),
            ("x-amz-date", Self.text(time)),
        ]
        if let token = credentials.sessionToken { fields.append(("x-amz-security-token", token)) }
        let all = conditions + fields.map { #"{"\#($0.name)": "\#($0.value)"}"# }
        let policy = #"{"expiration": "\#(expiresAt)", "conditions": [\#(all.joined(separator: ", "))]}"#
        let encoded = Data(policy.utf8).base64EncodedString()
        return fields + [("policy", encoded), ("x-amz-signature", signature(of: encoded, with: credentials, at: time))]
    }

    private func canonicalRequest(_ request: AWSRequest, payload: Payload) -> CanonicalRequest {
        let headers = request.headers.filter { !Self.unsignedHeaders.contains($0.name.lowercased()) }
        return CanonicalRequest(request, headers: headers, payload: payload.text, pathRule: pathRule)
    }

    private func stringToSign(_ request: CanonicalRequest, _ time: Timestamp) -> String {
        let hash = lowercaseHex(SHA256.hash(data: Data(request.text.utf8)))
        return "\(Self.algorithm)\n\(Self.text(time))\n\(scope(time))\n\(hash)"
    }

    func signature(of text: String, with credentials: AWSCredentials, at time: Timestamp) -> String {
        var key = SymmetricKey(data: Data("AWS4\(credentials.secretAccessKey)".utf8))
        for part in ["\(Self.text(time).prefix(8))", region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        return lowercaseHex(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    private func scope(_ time: Timestamp) -> String { "\(Self.text(time).prefix(8))/\(region)/\(service)/aws4_request" }

    /// `20150830T123600Z`
    static func text(_ time: Timestamp) -> String {
        time.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
