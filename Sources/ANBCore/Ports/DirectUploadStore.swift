/// An object store to which clients may bring bytes themselves.
public protocol DirectUploadStore: ObjectStore {
    /// A URL for PUT. The store takes exactly `byteCount` bytes under this key, and nothing else.
    /// - Parameters:
    ///   - key: The name of the object.
    ///   - byteCount: How many bytes it will have.
    ///   - sha256: In base64; the client then has to send it as `x-amz-checksum-sha256`, and the store compares.
    ///   - expires: How long from now.
    func signedUpload(of key: ObjectKey, byteCount: Int64, sha256: String?, expires: Duration) async throws -> String
}
