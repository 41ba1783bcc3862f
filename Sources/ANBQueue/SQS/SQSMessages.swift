// What goes to and fro in the JSON protocol of SQS. The names are the service's.

struct SQSNothing: Codable {}

struct SQSAttributeValue: Codable {
    var DataType = "String"
    var StringValue: String?

    init(_ text: String) { StringValue = text }
}

struct SQSSend: Encodable {
    struct Entry: Encodable {
        var Id: String
        var MessageBody: String
        var MessageGroupId: String?
        var MessageDeduplicationId: String?
        var MessageAttributes: [String: SQSAttributeValue]?
    }

    struct Answer: Decodable {
        struct Failed: Decodable {
            var Id: String
            var Code: String?
            var Message: String?
            var SenderFault: Bool?
        }

        var Failed: [Failed]?
    }

    var QueueUrl: String
    var Entries: [Entry]
}

struct SQSReceive: Encodable {
    struct Answer: Decodable {
        var Messages: [SQSMessage]?
    }

    var QueueUrl: String
    var MaxNumberOfMessages: Int
    var WaitTimeSeconds: Int
    var VisibilityTimeout: Int
    /// The old name and the new one: local servers know one or the other.
    var AttributeNames = ["All"]
    var MessageSystemAttributeNames = ["All"]
    var MessageAttributeNames = ["All"]
    /// Makes a repeated receive on a FIFO queue answer the same messages.
    var ReceiveRequestAttemptId: String?
}

struct SQSMessage: Decodable {
    var MessageId: String
    var ReceiptHandle: String
    var Body: String
    var Attributes: [String: String]?
    var MessageAttributes: [String: SQSAttributeValue]?

    var receiveCount: Int { Attributes?["ApproximateReceiveCount"].flatMap(Int.init) ?? 1 }
}

struct SQSDelete: Encodable {
    struct Entry: Encodable {
        var Id: String
        var ReceiptHandle: String
    }

    var QueueUrl: String
    var Entries: [Entry]
}

struct SQSReceipt: Encodable {
    var QueueUrl: String
    var ReceiptHandle: String
}

struct SQSChangeVisibility: Encodable {
    var QueueUrl: String
    var ReceiptHandle: String
    var VisibilityTimeout: Int
}

struct SQSChangeVisibilities: Encodable {
    struct Entry: Encodable {
        var Id: String
        var ReceiptHandle: String
        var VisibilityTimeout: Int
    }

    var QueueUrl: String
    var Entries: [Entry]
}

struct SQSGetURL: Codable {
    struct Answer: Decodable { var QueueUrl: String }

    var QueueName: String
    var QueueOwnerAWSAccountId: String?
}

struct SQSGetAttributes: Encodable {
    struct Answer: Decodable { var Attributes: [String: String]? }

    var QueueUrl: String
    var AttributeNames = ["All"]
}

struct SQSAttributes: Encodable {
    var QueueUrl: String
    var Attributes: [String: String]
}

struct SQSCreate: Encodable {
    struct Answer: Decodable { var QueueUrl: String }

    var QueueName: String
    var Attributes: [String: String]
}
