import ANBAWS
import ANBCore
import ANBQueue
import ANBTesting
import AWSTestServer
import Foundation
import Testing

@testable import ANBComposition
@testable import ANBStorage

/// The settings of the AWS backends, and a start on a real server.
@Suite struct AWSSettingsTests {
    private func settings(_ environment: [String: String]) async throws -> Settings {
        try Settings(try await SettingSources(environment: environment))
    }

    private func expectWrong(_ environment: [String: String], _ name: String) async throws {
        let error = try await expectError(.misconfigured) { try await settings(environment) }
        #expect(error.userMessage.hasPrefix(name), "\(error.userMessage)")
        #expect(!error.userMessage.contains("\n"))
    }

    @Test func nothingOfAWSIsNeededWithoutIt() async throws {
        let aws = try await settings([:]).aws
        #expect(aws.s3 == nil && aws.sqs == nil)
    }

    @Test func valuesArriveWhereTheyBelong() async throws {
        let aws = try await settings([
            "STORAGE_BACKEND": "s3", "S3_BUCKET": "in-bucket", "S3_PROCESSED_BUCKET": "out-bucket", "S3_PREFIX": "anb",
            "S3_ENDPOINT_URL": "http://h:1", "S3_FORCE_PATH_STYLE": "true", "S3_SSE": "aws:kms", "S3_SSE_KMS_KEY_ID": "k",
            "AWS_REGION": "eu-west-1", "QUEUE_BACKEND": "sqs", "SQS_QUEUE_NAME": "q.fifo", "SQS_VISIBILITY_TIMEOUT": "60",
            "SQS_LONG_POLL_SECONDS": "5", "SQS_MAX_RECEIVE_COUNT": "7", "SQS_DLQ_ARN": "arn", "SQS_ENDPOINT_URL": "http://q:1",
            "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "geheim",
        ]).aws
        let s3 = try #require(aws.s3)
        #expect(s3.bucket == "in-bucket" && s3.processedBucket == "out-bucket" && s3.prefix == "anb")
        #expect(s3.region == "eu-west-1" && s3.endpoint == "http://h:1" && s3.usesPathStyle)
        #expect(s3.encryption == .kms(keyID: "k"))
        let sqs = try #require(aws.sqs)
        #expect(sqs.queue == .name("q.fifo") && sqs.visibility == .seconds(60) && sqs.longPoll == .seconds(5))
        #expect(sqs.receivesMax == 7 && sqs.deadLetterARN == "arn" && sqs.endpoint == "http://q:1")
        #expect(aws.variables["AWS_ACCESS_KEY_ID"] == "AK")
    }

    @Test func theRegionOfS3WinsForS3() async throws {
        let base = ["STORAGE_BACKEND": "s3", "S3_BUCKET": "bucket"]
        #expect(try await settings(base).aws.s3?.region == "us-east-1")
        #expect(try await settings(base.merging(["AWS_DEFAULT_REGION": "r1"]) { $1 }).aws.s3?.region == "r1")
        let all = ["AWS_DEFAULT_REGION": "r1", "AWS_REGION": "r2", "S3_REGION": "r3"]
        #expect(try await settings(base.merging(all) { $1 }).aws.s3?.region == "r3")
        #expect(try await settings(base.merging(all) { $1 }).aws.region == "r2")
    }

    @Test func wrongValuesAreNamed() async throws {
        let s3 = ["STORAGE_BACKEND": "s3", "S3_BUCKET": "bucket"]
        let sqs = ["QUEUE_BACKEND": "sqs", "SQS_QUEUE_NAME": "q"]
        try await expectWrong(["STORAGE_BACKEND": "s3"], "S3_BUCKET must be set with STORAGE_BACKEND=s3.")
        try await expectWrong(["STORAGE_BACKEND": "azure"], "STORAGE_BACKEND:")
        try await expectWrong(s3.merging(["S3_FORCE_PATH_STYLE": "yes"]) { $1 }, "S3_FORCE_PATH_STYLE:")
        try await expectWrong(s3.merging(["S3_SSE": "rot13"]) { $1 }, "S3_SSE:")
        try await expectWrong(["QUEUE_BACKEND": "sqs"], "SQS_QUEUE_NAME must be set with QUEUE_BACKEND=sqs")
        for (name, values) in [
            "SQS_LONG_POLL_SECONDS": ["21", "-1", "x"], "SQS_VISIBILITY_TIMEOUT": ["0", "43201"],
            "SQS_MAX_RECEIVE_COUNT": ["0", "1001"],
        ] {
            for value in values { try await expectWrong(sqs.merging([name: value]) { $1 }, "\(name):") }
        }
    }

    @Test func secretsAreNotPrinted() async throws {
        let sources = try await SettingSources(environment: [
            "AWS_SECRET_ACCESS_KEY": "geheim1", "AWS_SESSION_TOKEN": "geheim2", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "geheim3",
        ])
        let table = try describeSettings(sources)
        #expect(table.contains("AWS_SECRET_ACCESS_KEY") && !table.contains("geheim"))
    }

    // MARK: Starting

    private func environment(_ more: [String: String]) async throws -> [String: String] {
        let server = try await AWSTestServer.shared()
        let folder = FileManager.default.temporaryDirectory.appending(path: AWSTestServer.name("anb-composition")).path
        return [
            "ANB_DATA_DIR": folder, "DATABASE_URL": "sqlite:///\(folder)/anb.sqlite", "STORAGE_BACKEND": "s3",
            "S3_BUCKET": "composition", "S3_ENDPOINT_URL": server.endpoint,
            "S3_FORCE_PATH_STYLE": "true", "QUEUE_BACKEND": "sqs", "SQS_QUEUE_NAME": "composition.fifo",
            "SQS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": server.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": server.credentials.secretAccessKey, "AWS_EC2_METADATA_DISABLED": "true",
        ].merging(more) { $1 }
    }

    private func expectNoStart(_ more: [String: String], _ words: String...) async throws {
        let environment = try await environment(more)
        defer { try? FileManager.default.removeItem(atPath: environment["ANB_DATA_DIR"] ?? "/nonexistent") }
        do {
            let assembly = try await Assembly.open(try await settings(environment), role: .api)
            try await assembly.close()
            Issue.record("it started")
        } catch let error as ANBError {
            for word in words { #expect(error.operatorMessage.contains(word), "\(error.operatorMessage)") }
            #expect(!error.operatorMessage.contains("\n"))
        }
    }

    @Test func itStartsOnQueuesThatSetupMade() async throws {
        let server = try await AWSTestServer.shared()
        try await server.withStore { store in
            let environment = try await environment(["S3_BUCKET": store.layout.bucket, "SQS_QUEUE_NAME": AWSTestServer.name("q")])
            defer { try? FileManager.default.removeItem(atPath: environment["ANB_DATA_DIR"] ?? "/nonexistent") }
            let settings = try await settings(environment)
            let lines = try await setUpQueues(settings)
            #expect(lines.count == 3)
            let assembly = try await Assembly.open(settings, role: .api)
            try await assembly.contest.backends.objects.check()
            try await assembly.contest.backends.queue?.check()
            try await assembly.close()
        }
    }

    @Test func whatIsMissingOrRefusedStopsTheStart() async throws {
        try await expectNoStart([:], "S3 bucket composition", "NoSuchBucket")
        try await expectNoStart(["STORAGE_BACKEND": "filesystem"], "The SQS queue composition.fifo does not exist")
        try await expectNoStart(["AWS_SECRET_ACCESS_KEY": "wrong"], "credentials are refused")
        try await expectNoStart(["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": ""], "no AWS credentials")
        try await expectNoStart(["AWS_SECRET_ACCESS_KEY": ""], "must be set together")
        try await expectNoStart(["S3_ENDPOINT_URL": "http://127.0.0.1:1"], "http://127.0.0.1:1 cannot be reached")
    }

    @Test func setupWantsAQueueToSetUp() async throws {
        try await expectError(.misconfigured) { try await setUpQueues(try await settings([:])) }
    }
}
