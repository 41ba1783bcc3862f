import ANBAWS
import ANBCore
package import ANBQueue
import ANBStorage
import Foundation

/// What a process of the platform needs in its environment to use this server.
extension AWSTestServer {
    /// A new, empty bucket.
    package func makeBucket(_ name: String = Self.name("bucket")) async throws -> String {
        let service = try s3Service(name)
        _ = try await service.send(service.request("PUT", bucket: name))
        return name
    }

    /// The bucket must be empty.
    package func removeBucket(_ name: String) async throws {
        let service = try s3Service(name)
        _ = try await service.send(service.request("DELETE", bucket: name))
    }

    /// The queue itself; its dead-letter queue stays.
    package func removeQueue(_ settings: SQSSettings) async throws {
        let service = try sqsService(settings)
        let url = try await SQSQueueSetup(settings, service: service).run().queueURL
        _ = try await service.call("DeleteQueue", ["QueueUrl": url], answering: [String: String].self)
    }

    package func s3Variables(bucket: String) -> [String: String] {
        variables([
            "STORAGE_BACKEND": "s3", "S3_BUCKET": bucket, "S3_ENDPOINT_URL": endpoint, "S3_FORCE_PATH_STYLE": "true",
        ])
    }

    package func sqsVariables(_ settings: SQSSettings) -> [String: String] {
        variables(["QUEUE_BACKEND": "sqs", "SQS_QUEUE_NAME": settings.name, "SQS_ENDPOINT_URL": endpoint])
    }

    private func variables(_ more: [String: String]) -> [String: String] {
        more.merging([
            "AWS_REGION": region, "AWS_ACCESS_KEY_ID": accessKeyID, "AWS_SECRET_ACCESS_KEY": secretAccessKey,
        ]) { $1 }
    }

    private func s3Service(_ bucket: String) throws -> S3Service {
        try S3Service(s3Settings(bucket: bucket), http: Self.http, credentials: credentials, logger: Self.logger)
    }
}

extension SQSSettings {
    /// As it was told.
    package var name: String {
        switch queue {
        case .name(let name): name
        case .url(let url): url
        }
    }
}
