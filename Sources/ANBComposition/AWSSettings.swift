import ANBAWS
import ANBCore
import ANBQueue
import ANBStorage
import Foundation

/// What the backends on AWS need, where one is chosen.
struct AWSSettings: Sendable {
    /// With `STORAGE_BACKEND=s3`.
    let s3: S3Settings?
    /// With `QUEUE_BACKEND=sqs`.
    let sqs: SQSSettings?
    /// For STS.
    let region: String
    let variables: AWSVariables

    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources, usesS3: Bool, usesSQS: Bool) throws {
        region = try sources.text(.awsRegion) ?? sources.text(.awsDefaultRegion) ?? "us-east-1"
        s3 = try usesS3 ? Self.s3(sources, region: region) : nil
        sqs = try usesSQS ? Self.sqs(sources, region: region) : nil
        variables = try Self.variables(sources)
    }

    private static func s3(_ sources: SettingSources, region: String) throws -> S3Settings {
        guard let bucket = try sources.text(.s3Bucket) else {
            throw SettingSources.missing(.s3Bucket, "must be set with STORAGE_BACKEND=s3")
        }
        return S3Settings(
            bucket: bucket, processedBucket: try sources.text(.s3ProcessedBucket), prefix: try sources.text(.s3Prefix) ?? "",
            region: try sources.text(.s3Region) ?? region, endpoint: try endpoint(sources, .s3Endpoint),
            usesPathStyle: try sources.choice(.s3PathStyle, of: ["true", "false"]) == "true", encryption: try encryption(sources))
    }

    private static func endpoint(_ sources: SettingSources, _ setting: Setting) throws -> String? {
        guard let text = try sources.text(setting) else { return nil }
        guard (try? AWSEndpoint(text)) != nil else {
            throw SettingSources.wrong(setting, text, "must look like https://host or http://host:port")
        }
        return text
    }

    private static func encryption(_ sources: SettingSources) throws -> S3Settings.Encryption? {
        switch try sources.choice(.s3Encryption, of: ["", "AES256", "aws:kms"]) {
        case "AES256": .s3
        case "aws:kms": .kms(keyID: try sources.text(.s3EncryptionKey))
        default: nil
        }
    }

    private static func sqs(_ sources: SettingSources, region: String) throws -> SQSSettings {
        let queue: SQSSettings.Queue
        switch (try sources.text(.sqsQueueURL), try sources.text(.sqsQueueName)) {
        case (let url?, _): queue = .url(url)
        case (nil, let name?): queue = .name(name)
        case (nil, nil):
            throw SettingSources.missing(.sqsQueueName, "must be set with QUEUE_BACKEND=sqs, or SQS_QUEUE_URL must")
        }
        return SQSSettings(
            queue: queue, region: region, endpoint: try endpoint(sources, .sqsEndpoint),
            deadLetterARN: try sources.text(.sqsDeadLetterARN), receivesMax: try sources.integer(.sqsReceivesMax, in: 1...1000),
            longPoll: .seconds(try sources.required(.sqsLongPoll, in: 0...20)),
            visibility: .seconds(try sources.required(.sqsVisibility, in: 1...SQSSettings.visibilitySecondsMax)))
    }

    private static func variables(_ sources: SettingSources) throws -> AWSVariables {
        var values = ["HOME": ProcessInfo.processInfo.environment["HOME"] ?? ""]
        for setting in Setting.awsCredentials { values[setting.name] = try sources.find(setting).text }
        return AWSVariables(values)
    }
}
