extension Setting {
    static let s3Bucket = Setting("S3_BUCKET", "Bucket of the objects; needed with STORAGE_BACKEND=s3.")
    static let s3ProcessedBucket = Setting("S3_PROCESSED_BUCKET", "Bucket of what is published; default S3_BUCKET.")
    static let s3Prefix = Setting("S3_PREFIX", "In front of every object's key, for example anb/.")
    static let s3Region = Setting("S3_REGION", "Region of the buckets; default AWS_REGION.")
    static let s3Endpoint = Setting("S3_ENDPOINT_URL", "https://host[:port] of another store than AWS.")
    static let s3PathStyle = Setting(
        "S3_FORCE_PATH_STYLE", default: "false", "true puts the bucket into the path instead of the host name.")
    static let s3Encryption = Setting("S3_SSE", "How S3 encrypts: AES256 or aws:kms; default is the bucket's own setting.")
    static let s3EncryptionKey = Setting("S3_SSE_KMS_KEY_ID", "Key for S3_SSE=aws:kms; default is the account's.")
    static let sqsQueueURL = Setting("SQS_QUEUE_URL", "The queue, with QUEUE_BACKEND=sqs; or SQS_QUEUE_NAME.")
    static let sqsQueueName = Setting("SQS_QUEUE_NAME", "The queue; a name that ends with .fifo is a FIFO queue.")
    static let sqsEndpoint = Setting("SQS_ENDPOINT_URL", "https://host[:port] of another service than AWS.")
    static let sqsDeadLetterARN = Setting("SQS_DLQ_ARN", "The dead-letter queue; default is the one of the redrive policy.")
    static let sqsReceivesMax = Setting(
        "SQS_MAX_RECEIVE_COUNT", "For setup-queues: deliveries before a message is dead, 1 to 1000; default 3, Standard 5.")
    static let sqsLongPoll = Setting("SQS_LONG_POLL_SECONDS", default: "20", "Seconds that one receive waits, 0 to 20.")
    static let sqsVisibility = Setting(
        "SQS_VISIBILITY_TIMEOUT", default: "300", "Seconds that a delivery is hidden from other workers, 1 to 43200.")
    static let awsRegion = Setting("AWS_REGION", "Region of AWS services; default AWS_DEFAULT_REGION, then us-east-1.")
    static let awsDefaultRegion = Setting("AWS_DEFAULT_REGION", "As AWS_REGION, which wins.")

    /// What the search for credentials reads, by its usual names.
    static let awsCredentials: [Setting] = [
        Setting("AWS_ACCESS_KEY_ID", "Key of AWS requests; together with AWS_SECRET_ACCESS_KEY."),
        Setting("AWS_SECRET_ACCESS_KEY", secret: true, "The key's secret."),
        Setting("AWS_SESSION_TOKEN", secret: true, "Goes with temporary keys."),
        Setting("AWS_WEB_IDENTITY_TOKEN_FILE", "File with a token that STS trades for the role AWS_ROLE_ARN."),
        Setting("AWS_ROLE_ARN", "Role for AWS_WEB_IDENTITY_TOKEN_FILE."),
        Setting("AWS_ROLE_SESSION_NAME", "How STS notes the session."),
        Setting("AWS_ENDPOINT_URL_STS", "https://host[:port] of another STS than AWS."),
        Setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "Set by ECS."),
        Setting("AWS_CONTAINER_CREDENTIALS_FULL_URI", "Set by ECS and EKS."),
        Setting("AWS_CONTAINER_AUTHORIZATION_TOKEN", secret: true, "Set by ECS; the file below wins."),
        Setting("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "Set by EKS; read again at each refresh."),
        Setting("AWS_PROFILE", "Profile of the shared files; default is default."),
        Setting("AWS_SHARED_CREDENTIALS_FILE", "Default ~/.aws/credentials."),
        Setting("AWS_CONFIG_FILE", "Default ~/.aws/config."),
        Setting("AWS_EC2_METADATA_DISABLED", "true does not ask the instance metadata service."),
        Setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://host of another instance metadata service."),
    ]

    static let aws: [Setting] =
        [
            s3Bucket, s3ProcessedBucket, s3Prefix, s3Region, s3Endpoint, s3PathStyle, s3Encryption, s3EncryptionKey, sqsQueueURL,
            sqsQueueName, sqsEndpoint, sqsDeadLetterARN, sqsReceivesMax, sqsLongPoll, sqsVisibility, awsRegion, awsDefaultRegion,
        ] + awsCredentials
}
