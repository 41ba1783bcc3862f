import ANBCore

/// Which bucket a key lies in and what it is called there.
struct S3Layout: Sendable {
    private static let processed = "processed/"

    let bucket: String
    let processedBucket: String
    private let prefix: String

    /// - Throws: ``ANBError/Code/misconfigured`` when a name cannot be one of S3.
    init(_ settings: S3Settings) throws {
        bucket = settings.bucket
        processedBucket = settings.processedBucket ?? settings.bucket
        for (setting, name) in [("S3_BUCKET", bucket), ("S3_PROCESSED_BUCKET", processedBucket)] where !Self.isBucketName(name) {
            throw ANBError(.misconfigured, "\(setting): \"\(name.prefix(100))\" is not a valid name of an S3 bucket.")
        }
        let prefix = settings.prefix.isEmpty || settings.prefix.hasSuffix("/") ? settings.prefix : settings.prefix + "/"
        if !prefix.isEmpty, (try? ObjectKey(String(prefix.dropLast()))) == nil {
            throw ANBError(
                .misconfigured,
                "S3_PREFIX: \"\(prefix.prefix(100))\" is not a valid prefix of object keys; like anb/ it would be.")
        }
        self.prefix = prefix
    }

    /// Both, or the one.
    var buckets: [String] { bucket == processedBucket ? [bucket] : [bucket, processedBucket] }

    /// - Throws: ``ANBError/Code/invalidRequest`` when the key and the prefix together are longer than S3 allows.
    func location(of key: ObjectKey) throws -> (bucket: String, name: String) {
        let name = prefix + key.description
        guard name.utf8.count <= ObjectKey.byteCountMax else {
            throw ANBError(.invalidRequest, "The object key is too long.", operatorMessage: "\(key) with the prefix \(prefix)")
        }
        return (key.description.hasPrefix(Self.processed) ? processedBucket : bucket, name)
    }

    func name(prefix text: String) -> String { prefix + text }

    /// The key of a listed name; `nil` when it is not one of ours, so that no key names what lies in the other bucket.
    func key(name: String, in bucket: String) -> ObjectKey? {
        guard name.hasPrefix(prefix), let key = try? ObjectKey(String(name.dropFirst(prefix.count))),
            let location = try? location(of: key), location.bucket == bucket
        else { return nil }
        return key
    }

    /// Where keys that start with `text` may lie.
    func buckets(holdingPrefix text: String) -> [String] {
        if text.hasPrefix(Self.processed) { return [processedBucket] }
        return Self.processed.hasPrefix(text) ? buckets : [bucket]
    }

    private static func isBucketName(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-.".utf8.contains(byte)
                }
            }
    }
}
