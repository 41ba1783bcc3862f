/// One thing an operator may set: by environment variable, by a line of the settings file, or, for some, on the
/// command line. The names are those of existing deployments.
public struct Setting: Sendable, Hashable {
    public let name: String
    /// The default as text; empty means none.
    public let defaultValue: String
    /// One line: what it does, its unit and range.
    public let summary: String
    /// Never printed, and also read from the file that `NAME_FILE` names.
    public let isSecret: Bool

    init(_ name: String, default defaultValue: String = "", secret: Bool = false, _ summary: String) {
        self.name = name
        self.defaultValue = defaultValue
        self.summary = summary
        self.isSecret = secret
    }
}

extension Setting {
    static let dataDirectory = Setting(
        "ANB_DATA_DIR", default: "data", "Folder for the database, the objects and scratch files of this machine.")
    static let databaseURL = Setting(
        "DATABASE_URL", secret: true,
        "sqlite:///relative/path, sqlite:////absolute/path or postgres://user:password@host:port/database?sslmode=require; "
            + "default sqlite in ANB_DATA_DIR/anb.sqlite.")
    static let databasePoolSize = Setting(
        "DATABASE_POOL_SIZE", default: "10", "Connections of this process to PostgreSQL, 1 to 1000.")
    static let migrateAtStart = Setting(
        "MIGRATE_AT_START", default: "true",
        "true or false: whether a start brings the schema up to date; if not, it wants anb-api migrate to have done so.")
    static let storageBackend = Setting("STORAGE_BACKEND", default: "filesystem", "Where objects lie: filesystem or s3.")
    static let storagePath = Setting("STORAGE_PATH", "Root folder of the filesystem backend; default ANB_DATA_DIR/objects.")
    static let presignExpires = Setting(
        "S3_PRESIGN_EXPIRES", default: "3600", "Seconds that a signed URL works, 60 to 604800; for every storage backend.")
    static let queueBackend = Setting("QUEUE_BACKEND", default: "memory", "What wakes workers: memory, redis or sqs.")
    static let redisURL = Setting(
        "REDIS_URL", secret: true,
        "redis://user:password@host:port/database; rediss:// for TLS, with ?ssl_ca_certs=/path.pem for other authorities.")
    static let redisPrefix = Setting("REDIS_PREFIX", default: "anb:", "Start of every key in Redis, 1 to 100 bytes.")
    static let cacheBackend = Setting(
        "CACHE_BACKEND", default: "memory",
        "How processes learn that ranking and lists changed: memory, each its own changes at once and others' after a second "
            + "at most, or redis, all at once.")
    static let rankingCacheTTL = Setting(
        "RANKING_CACHE_TTL_SECONDS", default: "60",
        "Seconds that a page of ranking or lists is kept while nothing is known to have changed, 0 to 3600; 0 keeps none.")
    public static let host = Setting("HOST", default: "127.0.0.1", "Address to listen on.")
    public static let port = Setting("PORT", default: "8000", "Port to listen on, 0 to 65535; 0 takes a free one.")
    static let httpIdle = Setting(
        "HTTP_IDLE_SECONDS", default: "30",
        "Seconds that a connection is kept without a request, 1 to 7200; more than the load balancer in front keeps its own.")
    static let publicBaseURL = Setting(
        "PUBLIC_BASE_URL", "How clients reach this server, for links; default is the Host of each request.")
    static let crossOrigins = Setting(
        "CORS_ORIGINS",
        "Pages of other sites that may call the API from a browser, as https://anb.example.com,http://localhost:5173, or *; default "
            + "none.")
    static let jwtSecret = Setting(
        "JWT_SECRET", secret: true,
        "Key of access tokens, at least 32 bytes; made and kept in ANB_DATA_DIR when empty. Share it between replicas. Several, "
            + "one on each line: the first signs, all verify.")
    static let jwtPrivateKey = Setting(
        "JWT_PRIVATE_KEY", secret: true,
        "Ed25519 keys of access tokens in PEM, one after the other: the first signs with ALGORITHM=EdDSA, all verify.")
    static let algorithm = Setting("ALGORITHM", default: "HS256", "What signs access tokens: HS256 or EdDSA.")
    static let tokenExpire = Setting("TOKEN_EXPIRE", default: "60", "Minutes an access token lives, 1 to 1440.")
    static let refreshTokenExpire = Setting(
        "REFRESH_TOKEN_EXPIRE", default: "20160", "Minutes a refresh token lives, 1 to 525600.")
    static let uploadSize = Setting("MAX_UPLOAD_SIZE_MB", default: "100", "MiB of one upload, 1 to 10240.")
    static let uploadsPerDay = Setting(
        "MAX_UPLOADS_PER_DAY", default: "200", "Videos that one player may upload on one day (UTC), 0 to 1000000; 0 is no limit.")
    static let uploadSizePerDay = Setting(
        "MAX_UPLOAD_MB_PER_DAY", default: "10240", "MiB of these together, 0 to 1000000000; 0 is no limit.")
    static let durationMin = Setting(
        "MIN_VIDEO_DURATION_SECONDS", default: "1", "Seconds a clip must have, 1 to 3600; the contest's rule is 20.")
    static let durationMax = Setting(
        "MAX_VIDEO_DURATION_SECONDS", "Seconds a clip may have, 1 to 14400; the contest's rule is 60; empty is no limit.")
    static let heightMin = Setting(
        "MIN_VIDEO_HEIGHT", "Pixels of the shorter side, 16 to 4320; the contest's rule is 1080; empty is no limit.")
    static let moderation = Setting(
        "MODERATION", default: "false", "true or false: whether a moderator decides which finished videos are published.")
    static let votingOpensAt = Setting(
        "VOTING_OPENS_AT", "When votes are first taken, as 2026-12-01T08:00:00-05:00; empty is since ever.")
    static let votingClosesAt = Setting(
        "VOTING_CLOSES_AT", "When votes are no longer taken, nor taken back, in the same form; empty is never.")
    static let inOutPath = Setting("ANB_INOUT_PATH", "Video used as intro and as outro, at most 2.5 s; default is drawn.")
    static let introPath = Setting("ANB_INTRO_PATH", "Video used as intro; wins over ANB_INOUT_PATH.")
    static let outroPath = Setting("ANB_OUTRO_PATH", "Video used as outro; wins over ANB_INOUT_PATH.")
    static let watermarkPath = Setting("ANB_WATERMARK_PATH", "PNG with alpha; default is drawn.")
    static let workerConcurrency = Setting(
        "WORKER_CONCURRENCY",
        "Videos that one worker encodes at the same time, 1 to 64; default is one for each two processors and 1 GiB of memory.")
    static let jobLease = Setting(
        "JOB_LEASE_SECONDS", default: "30", "Seconds without a sign of life after which a job is someone else's, 3 to 3600.")
    static let sweepInterval = Setting(
        "SWEEP_INTERVAL_SECONDS", default: "300", "Seconds between two sweeps, 1 to 86400.")
    static let orphanGrace = Setting(
        "ORPHAN_GRACE_SECONDS", default: "3600",
        "Seconds after which an unfinished upload is given up and an object without a row removed, 1 to 604800.")
    static let uploadExpire = Setting(
        "UPLOAD_EXPIRE_SECONDS", default: "86400",
        "Seconds that an upload in parts waits for its next byte before it is given up, 60 to 2592000.")
    static let shutdownBudget = Setting(
        "SHUTDOWN_SECONDS", default: "25", "Seconds for requests and jobs in flight after SIGTERM, 1 to 600.")
    static let drainGrace = Setting(
        "DRAIN_SECONDS", default: "0",
        "Seconds after SIGTERM in which the API still listens with /ready at 503, for load balancers to notice, 0 to 300.")
    static let logLevel = Setting("LOG_LEVEL", default: "info", "trace, debug, info, notice, warning, error or critical.")
    static let logFormat = Setting("LOG_FORMAT", default: "text", "text or json, on standard error.")

    /// Every setting, in the order of the documentation.
    public static let all: [Setting] =
        [
            host, port, httpIdle, publicBaseURL, crossOrigins, trustedProxies, dataDirectory, databaseURL, databasePoolSize,
            migrateAtStart, storageBackend, storagePath, presignExpires, queueBackend, redisURL, redisPrefix, cacheBackend,
            rankingCacheTTL, jwtSecret, jwtPrivateKey, algorithm, tokenExpire, refreshTokenExpire, uploadSize, uploadsPerDay,
            uploadSizePerDay,
            durationMin, durationMax, heightMin, moderation,
            votingOpensAt, votingClosesAt, inOutPath, introPath, outroPath,
            watermarkPath, workerConcurrency, jobLease, sweepInterval, orphanGrace, uploadExpire, shutdownBudget, drainGrace,
            logLevel,
            logFormat,
        ] + webhook + telemetry + rates + aws
}
