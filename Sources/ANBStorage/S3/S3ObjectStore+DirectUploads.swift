import ANBAWS
public import ANBCore
import NIOCore

/// A form with which a browser uploads one object past us.
public struct UploadForm: Hashable, Sendable {
    /// Where the form is sent with POST, as `multipart/form-data`.
    public var url: String
    /// The fields, in order; the field `file` follows as the last.
    public var fields: [Field]

    /// A field of the form that a browser sends.
    public struct Field: Hashable, Sendable {
        /// Its name in the form.
        public var name: String
        /// Sent as it is.
        public var value: String
    }
}

/// Permissions to upload without sending the bytes through us. Whoever holds one may write the one key until it expires.
extension S3ObjectStore: DirectUploadStore {
    /// A URL for PUT. The client sends exactly `byteCount` bytes; the service refuses another `Content-Length`, and bytes
    /// with another SHA-256 when one is given.
    /// - Throws: `ANBError.Code.invalidRequest` unless `expires` is 1…604,800 s.
    public func signedUpload(
        of key: ObjectKey, byteCount: Int64, sha256: String? = nil, expires: Duration
    ) async throws -> String {
        try await signedPut(
            key, query: [], headers: sha256.map { [("x-amz-checksum-sha256", $0)] } ?? [], byteCount: byteCount, expires: expires)
    }

    /// A URL for PUT of one part of an upload in parts.
    /// - Parameters:
    ///   - key: The name of the object.
    ///   - upload: The upload's id, as S3 gave it.
    ///   - part: 1…10,000.
    ///   - byteCount: How many bytes it will have.
    ///   - expires: How long from now; at least one second.
    /// - Throws: `ANBError.Code.invalidRequest` unless `expires` is 1…604,800 s and the part's number can be one.
    public func signedPartUpload(
        of key: ObjectKey, upload: String, part: Int, byteCount: Int64, expires: Duration
    ) async throws -> String {
        guard (1...Self.partCountMax).contains(part) else {
            throw ANBError(.invalidRequest, "The part's number is out of range.", operatorMessage: "part \(part)")
        }
        return try await signedPut(
            key, query: [("partNumber", "\(part)"), ("uploadId", upload)], byteCount: byteCount, expires: expires)
    }

    /// A form for POST that takes at most `byteCountMax` bytes of one content type.
    /// - Throws: `ANBError.Code.invalidRequest` unless `expires` is 1…604,800 s or when the content type cannot be one.
    public func uploadForm(
        for key: ObjectKey, contentType: String, byteCountMax: Int64, expires: Duration
    ) async throws -> UploadForm {
        _ = try Self.checkLife(expires)
        guard !contentType.isEmpty, contentType.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""\"#.utf8.contains($0) })
        else {
            throw ANBError(.invalidRequest, "This is not a content type.")
        }
        let (bucket, name) = try layout.location(of: key)
        let conditions = [
            #"{"bucket": "\#(bucket)"}"#, #"{"key": "\#(name)"}"#, #"{"Content-Type": "\#(contentType)"}"#,
            #"["content-length-range", 0, \#(byteCountMax)]"#,
        ]
        let signed = try await service.client.postFields(conditions: conditions, expiresIn: expires)
        let fields = [("key", name), ("Content-Type", contentType)] + signed
        return UploadForm(
            url: service.request("POST", bucket: bucket).url, fields: fields.map { .init(name: $0.0, value: $0.1) })
    }

    private func signedPut(
        _ key: ObjectKey, query: [(name: String, value: String)], headers: [(name: String, value: String)] = [],
        byteCount: Int64, expires: Duration
    ) async throws -> String {
        let seconds = try Self.checkLife(expires)
        let (bucket, name) = try layout.location(of: key)
        let request = service.request(
            "PUT", bucket: bucket, name: name, query: query, headers: [("Content-Length", "\(byteCount)")] + headers)
        return try await service.client.presign(request, expiresSeconds: seconds)
    }
}
