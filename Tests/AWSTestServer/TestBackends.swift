import ANBAWS
import ANBCore
package import ANBQueue
package import ANBStorage
import Foundation
package import Logging

extension AWSTestServer {
    /// How a test reaches its buckets.
    package enum Style: Sendable {
        case path
        /// Bucket in the host name, published objects in a bucket of their own, keys below a prefix.
        case virtualHost
    }

    private static let virtualHost = "localhost"

    package func s3Settings(_ style: Style = .path, bucket: String = Self.name("bucket")) -> S3Settings {
        switch style {
        case .path:
            return S3Settings(bucket: bucket, region: region, endpoint: endpoint, usesPathStyle: true)
        case .virtualHost:
            let port = endpoint.split(separator: ":").last ?? ""
            return S3Settings(
                bucket: bucket, processedBucket: "\(bucket)-out", prefix: "p/1", region: region,
                endpoint: "http://\(Self.virtualHost):\(port)")
        }
    }

    /// A store in new, empty buckets.
    @discardableResult
    package func withStore<Value>(
        _ style: Style = .path, _ body: (S3ObjectStore) async throws -> Value
    ) async throws -> Value {
        let settings = s3Settings(style)
        let buckets = [settings.bucket] + (settings.processedBucket.map { [$0] } ?? [])
        let names = buckets.map { ("\($0).\(Self.virtualHost)", "127.0.0.1") } + [(Self.virtualHost, "127.0.0.1")]
        let http = AWSHTTP(addresses: Dictionary(uniqueKeysWithValues: names))
        do {
            let service = try S3Service(settings, http: http, credentials: credentials, logger: Self.logger)
            for bucket in buckets { _ = try await service.send(service.request("PUT", bucket: bucket)) }
            let value = try await body(try S3ObjectStore(settings, service: service, logger: Self.logger))
            try await http.shutdown()
            return value
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// Settings of a queue that nobody else uses; it does not exist yet.
    package func sqsSettings(fifo: Bool, visibility: Duration = .seconds(300)) -> SQSSettings {
        SQSSettings(
            queue: .name(Self.name("queue") + (fifo ? ".fifo" : "")), region: region, endpoint: endpoint, receivesMax: 3,
            visibility: visibility)
    }

    package func sqsService(_ settings: SQSSettings) throws -> SQSService {
        try SQSService(settings, http: Self.http, credentials: credentials, logger: Self.logger)
    }

    /// A new, empty queue with its dead-letter queue.
    package func makeQueue(_ settings: SQSSettings) async throws -> SQSJobQueue {
        let service = try sqsService(settings)
        _ = try await SQSQueueSetup(settings, service: service).run()
        return try await SQSJobQueue.open(settings, service: service, logger: Self.logger)
    }

    package static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    package static func name(_ prefix: String) -> String { "\(prefix)-\(UUID().uuidString.lowercased().prefix(18))" }
}
