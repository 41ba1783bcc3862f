import ANBAWS
import ANBQueue
import ANBTesting
import AWSTestServer
import Testing

/// A start on S3 and SQS that cannot be.
@Suite(.timeLimit(.minutes(2))) struct StartErrorsAWSTests {
    private static let worker = ["anb-worker", "run"]
    private static let server = ["anb-api", "serve", "--worker", "none"]
    private static let setup = ["anb-worker", "setup-queues"]

    @Test func buckets() async throws {
        let server = try await AWSTestServer.shared()
        let bucket = try await server.makeBucket()
        let right = server.s3Variables(bucket: bucket)
        let cases: [(change: [String: String], code: Int32, words: [String])] = [
            (["S3_BUCKET": "no-such-bucket-here"], 78, ["S3_BUCKET: S3 bucket no-such-bucket-here", "must exist"]),
            (
                ["S3_PROCESSED_BUCKET": "no-such-bucket-here"], 78,
                ["S3_PROCESSED_BUCKET: S3 bucket no-such-bucket-here", "must exist"]
            ),
            (["AWS_SECRET_ACCESS_KEY": "wrong-secret"], 78, ["AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: ", "are refused"]),
            (["AWS_SECRET_ACCESS_KEY": ""], 78, ["AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together"]),
            (["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""], 75, ["AWS_ACCESS_KEY_ID, ", "no AWS credentials; tried:"]),
            (["S3_ENDPOINT_URL": "http://127.0.0.1:1"], 75, ["S3_ENDPOINT_URL", "http://127.0.0.1:1 cannot be reached"]),
            (
                ["S3_ENDPOINT_URL": "http://no-such-host.invalid"], 75,
                ["S3_ENDPOINT_URL", "no-such-host.invalid cannot be reached"]
            ),
            (["S3_ENDPOINT_URL": "nonsense"], 78, ["S3_ENDPOINT_URL: \"nonsense\"", "must look like https://host"]),
            (["S3_BUCKET": "Not A Bucket"], 78, ["S3_BUCKET: \"Not A Bucket\" is not a valid name"]),
            (["S3_BUCKET": ""], 78, ["S3_BUCKET must be set with STORAGE_BACKEND=s3"]),
            (["S3_PREFIX": "../other"], 78, ["S3_PREFIX: \"../other/\" is not a valid prefix"]),
        ]
        try await StartErrorsProgram.inFolder { program in
            for (change, code, words) in cases {
                try await program.expectRefusal(code, words, Self.server, right.merging(change) { $1 })
            }
        }
    }

    @Test func queues() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.sqsSettings(fifo: true)
        _ = try await server.makeQueue(settings)
        let standard = server.sqsSettings(fifo: false)
        _ = try await server.makeQueue(standard)
        let right = server.sqsVariables(settings)
        let other = "arn:aws:sqs:us-east-1:000000000000:\(standard.name)"
        let cases: [(change: [String: String], code: Int32, words: [String])] = [
            (
                ["SQS_QUEUE_NAME": "no-such-queue.fifo"], 78,
                ["SQS_QUEUE_NAME: The SQS queue no-such-queue.fifo does not exist", "setup-queues"]
            ),
            (["SQS_DLQ_ARN": other], 78, ["SQS_DLQ_ARN: ", "must both be FIFO or both be Standard"]),
            (
                ["SQS_QUEUE_NAME": "", "SQS_QUEUE_URL": "nonsense", "SQS_ENDPOINT_URL": ""], 78,
                ["SQS_QUEUE_URL: \"nonsense\" is not the URL"]
            ),
            (["AWS_SECRET_ACCESS_KEY": "wrong-secret"], 78, ["AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: ", "are refused"]),
            (["SQS_ENDPOINT_URL": "http://127.0.0.1:1"], 75, ["SQS_ENDPOINT_URL: http://127.0.0.1:1 cannot be reached"]),
            (["SQS_QUEUE_NAME": ""], 78, ["SQS_QUEUE_NAME must be set", "or SQS_QUEUE_URL must"]),
        ]
        try await StartErrorsProgram.inFolder { program in
            for (change, code, words) in cases {
                let settings = right.merging(change) { $1 }
                if code == 78 {
                    try await program.expectRefusal(code, words, Self.worker, settings)
                } else {
                    try await program.expectWait(words, Self.worker, settings)
                }
            }
        }
    }

    @Test func setUpOfQueues() async throws {
        let server = try await AWSTestServer.shared()
        let right = server.sqsVariables(server.sqsSettings(fifo: true))
        let standard = "arn:aws:sqs:us-east-1:000000000000:other"
        try await StartErrorsProgram.inFolder { program in
            try await program.expectRefusal(
                78, ["SQS_DLQ_ARN: ", "must both be FIFO or both be Standard"], Self.setup,
                right.merging(["SQS_DLQ_ARN": standard]) { $1 })
            try await program.expectRefusal(
                78, ["AWS_SECRET_ACCESS_KEY", "are refused"], Self.setup,
                right.merging(["AWS_SECRET_ACCESS_KEY": "wrong-secret"]) { $1 })
            try await program.expectRefusal(
                75, ["SQS_ENDPOINT_URL: "], Self.setup, right.merging(["SQS_ENDPOINT_URL": "http://127.0.0.1:1"]) { $1 })
            try await program.expectRefusal(78, ["QUEUE_BACKEND: only sqs"], Self.setup, [:])
            #expect(try await program.run(Self.setup, right).code == 0)
            #expect(try await program.run(Self.setup, right).code == 0)
        }
    }
}
