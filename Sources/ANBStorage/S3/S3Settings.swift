/// Where and how objects lie in S3 or in something that speaks like it.
public struct S3Settings: Hashable, Sendable {
    /// How the service encrypts what it stores.
    public enum Encryption: Hashable, Sendable {
        /// With keys of S3.
        case s3
        /// With keys of KMS; the account's own key unless one is named.
        case kms(keyID: String?)
    }

    /// Of the originals, and of everything else unless there is another for that.
    public var bucket: String
    /// Holds what is published, that is the keys below `processed/`; `nil` is the same bucket.
    public var processedBucket: String?
    /// In front of every key; empty or ending with `/`.
    public var prefix: String
    /// For example `us-east-1`; also part of every signature.
    public var region: String
    /// `scheme://host[:port]`; `nil` is AWS.
    public var endpoint: String?
    /// Bucket in the path instead of in the host name.
    public var usesPathStyle: Bool
    /// What the store encrypts objects with; `nil` leaves it to the bucket.
    public var encryption: Encryption?

    /// AWS itself, unless an endpoint is named.
    public init(
        bucket: String, processedBucket: String? = nil, prefix: String = "", region: String, endpoint: String? = nil,
        usesPathStyle: Bool = false, encryption: Encryption? = nil
    ) {
        self.bucket = bucket
        self.processedBucket = processedBucket
        self.prefix = prefix
        self.region = region
        self.endpoint = endpoint
        self.usesPathStyle = usesPathStyle
        self.encryption = encryption
    }
}
