import ANBTesting
import Foundation
import PostgresTestServer
import RedisTestServer
import Testing

/// A start that cannot be: one line that names the setting and says what would be right, and a code that tells a wrong
/// setting (78) from what may pass (75).
@Suite(.timeLimit(.minutes(2))) struct StartErrorsTests {
    private static let worker = ["anb-worker", "run"]
    private static let server = ["anb-api", "serve", "--worker", "none"]
    private static let migrate = ["anb-api", "migrate"]

    @Test func foldersAndFiles() async throws {
        try await StartErrorsProgram.inFolder { program in
            let empty = program.folder.appendingPathComponent("empty").path
            try Data().write(to: URL(fileURLWithPath: empty))
            let cases: [(settings: [String: String], words: [String])] = [
                (["STORAGE_PATH": "/etc/passwd"], ["STORAGE_PATH: the folder /etc/passwd", "user may write"]),
                (["STORAGE_PATH": "/proc/nowhere"], ["STORAGE_PATH: the folder /proc/nowhere", "user may write"]),
                (["ANB_DATA_DIR": "/proc/nowhere"], ["ANB_DATA_DIR: /proc/nowhere cannot be written"]),
                (
                    ["DATABASE_URL": "sqlite:////etc/passwd/anb.sqlite"],
                    ["DATABASE_URL: cannot open the SQLite database /etc/passwd/"]
                ),
                // Read-only for everyone, also for root.
                (["DATABASE_URL": "sqlite:////sys/anb.sqlite"], ["DATABASE_URL: ", "/sys/anb.sqlite", "user may write"]),
                (["DATABASE_URL": "mysql://anb:wrong-secret@127.0.0.1/anb"], ["DATABASE_URL: ", "must look like sqlite:///"]),
                (["JWT_SECRET_FILE": empty], ["JWT_SECRET_FILE: the file \(empty) is empty"]),
                (["JWT_SECRET_FILE": "/nowhere"], ["JWT_SECRET_FILE: the file /nowhere cannot be read"]),
                (["PORT": "8123", "METRICS_PORT": "8123"], ["METRICS_PORT: \"8123\" is not valid", "another one than PORT"]),
                (["JWT_SECRET": "wrong-secret"], ["JWT_SECRET: ", "at least 32 bytes"]),
                (["REDIS_URL_FILE": empty, "QUEUE_BACKEND": "redis"], ["REDIS_URL_FILE: the file \(empty) is empty"]),
            ]
            for (settings, words) in cases + Self.rates { try await program.expectRefusal(78, words, Self.server, settings) }
            try await program.expectRefusal(78, ["DATABASE_URL: "], Self.migrate, ["DATABASE_URL": "sqlite:////sys/anb.sqlite"])
        }
    }

    @Test func bumpersAndWatermark() async throws {
        let cases: [(settings: [String: String], words: [String])] = [
            (["ANB_INTRO_PATH": "/nowhere.mp4"], ["ANB_INTRO_PATH: ", "/nowhere.mp4 cannot be read"]),
            (["ANB_OUTRO_PATH": "/etc/passwd"], ["ANB_OUTRO_PATH: The outro cannot be used"]),
            (["ANB_INOUT_PATH": "/etc/passwd"], ["ANB_INOUT_PATH: The intro cannot be used"]),
            (["ANB_WATERMARK_PATH": "/etc/passwd"], ["ANB_WATERMARK_PATH: ", "PNG"]),
        ]
        try await StartErrorsProgram.inFolder { program in
            for (settings, words) in cases { try await program.expectRefusal(78, words, Self.worker, settings) }
            try await program.expectRefusal(78, ["ANB_INTRO_PATH"], ["anb-api", "serve"], ["ANB_INTRO_PATH": "/nowhere.mp4"])
        }
    }

    /// A start that waits for something is ended by SIGTERM at once, and well: it has taken no work.
    @Test func aStartIsToldToEnd() async throws {
        try await StartErrorsProgram.inFolder { program in
            for command in [Self.server, Self.worker] {
                // A server that takes connections and never answers.
                let silent =
                    "python3 -c 'import socket,time; s=socket.create_server((\"127.0.0.1\", 0)); "
                    + "print(s.getsockname()[1], flush=True); time.sleep(60)' > $HOME/port & silent=$!; "
                    + "until [ -s $HOME/port ]; do sleep 0.05; done; "
                    + "export DATABASE_URL=postgres://anb:secret@127.0.0.1:$(cat $HOME/port)/anb; rm $HOME/port; "
                    + "timeout --preserve-status -s TERM 2 \"$@\"; code=$?; kill $silent; exit $code"
                let began = ContinuousClock.now
                let ending = try await program.run(command, shell: silent)
                #expect(ending.code == 0, "\(command): \(ending)")
                #expect(ContinuousClock.now - began >= .seconds(2), "the start did not wait: \(ending)")
            }
        }
    }

    @Test func addresses() async throws {
        let redis = try await RedisTestServer.start()
        try await StartErrorsProgram.inFolder { program in
            let port = "\(redis.port)"
            try await program.expectRefusal(75, ["PORT: \(port) is in use on 127.0.0.1"], Self.server, ["PORT": port])
            for command in [Self.server, Self.worker] {
                let words = ["METRICS_PORT: \(port) is in use on 127.0.0.1"]
                try await program.expectRefusal(75, words, command, ["METRICS_PORT": port])
            }
            for (setting, value) in [
                ("METRICS_PORT", "0"), ("METRICS_EMF_SECONDS", "0"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
                ("TRACES_PERCENT", "101"), ("DRAIN_SECONDS", "301"), ("HTTP_IDLE_SECONDS", "0"),
            ] {
                try await program.expectRefusal(78, ["\(setting): \"\(value)\""], Self.server, [setting: value])
            }
            try await program.expectRefusal(78, ["HOST: 203.0.113.7 is not an address"], Self.server, ["HOST": "203.0.113.7"])
            try await program.expectRefusal(
                78, ["HOST: no-such-host.invalid has no"], Self.server, ["HOST": "no-such-host.invalid"])
        }
        await redis.stop()
    }

    // MARK: - Databases

    /// It would begin an empty database, and remove the shared objects that this one does not know.
    @Test func sharedBackendsWithoutADatabase() async throws {
        let redis = ["QUEUE_BACKEND": "redis", "REDIS_URL": "redis://127.0.0.1:1"]
        let sqs = ["QUEUE_BACKEND": "sqs", "SQS_QUEUE_NAME": "q", "SQS_ENDPOINT_URL": "http://127.0.0.1:1"]
        let s3 = ["STORAGE_BACKEND": "s3", "S3_BUCKET": "b", "S3_ENDPOINT_URL": "http://127.0.0.1:1"]
        let keys = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "DATABASE_URL": ""]
        let cases: [(settings: [String: String], words: String)] = [
            (redis, "QUEUE_BACKEND=redis"), (sqs, "QUEUE_BACKEND=sqs"), (s3, "STORAGE_BACKEND=s3"),
            (s3.merging(sqs) { $1 }, "STORAGE_BACKEND=s3 and QUEUE_BACKEND=sqs"),
        ]
        try await StartErrorsProgram.inFolder { program in
            for (settings, words) in cases {
                for command in [Self.server, Self.worker, Self.migrate, ["anb-worker", "status"]] {
                    try await program.expectRefusal(
                        78, ["DATABASE_URL must be set with \(words)"], command, settings.merging(keys) { $1 })
                }
            }
            #expect(!FileManager.default.fileExists(atPath: program.folder.appendingPathComponent("anb.sqlite").path))
        }
    }

    /// They look, and make nothing.
    @Test func commandsThatOnlyRead() async throws {
        let commands = [["status"], ["dead-letters", "list"], ["dead-letters", "show", "queue:1-1"]].map { ["anb-worker"] + $0 }
        try await StartErrorsProgram.inFolder { program in
            let path = program.folder.appendingPathComponent("anb.sqlite").path
            for command in commands {
                try await program.expectRefusal(
                    78, ["ANB_DATA_DIR: there is no database \(path)", "anb-api migrate"], command, [:])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder.path).isEmpty)
            try Data().write(to: URL(fileURLWithPath: path))
            for command in commands {
                try await program.expectRefusal(
                    78, ["ANB_DATA_DIR: the database has no schema", "anb-api migrate"], command, [:])
            }
        }
    }

    @Test func aSchemaOfANewerProgram() async throws {
        try await StartErrorsProgram.inFolder { program in
            #expect(try await program.run(Self.migrate).code == 0)
            let path = program.folder.appendingPathComponent("anb.sqlite").path
            let insert = "INSERT INTO schema_migrations VALUES (999, 'later', 'x', 0)"
            #expect(try await Command.run(["/usr/bin/env", "python3", "-c", Self.python, path, insert]).code == 0)
            let words = ["ANB_DATA_DIR: the database has schema version 999", "start a newer program"]
            for command in [Self.server, Self.worker, Self.migrate] { try await program.expectRefusal(78, words, command, [:]) }
            try await program.expectRefusal(
                78, ["DATABASE_URL: the database has schema version 999"], Self.server, ["DATABASE_URL": "sqlite:///\(path)"])
        }
    }

    /// The file cannot grow: as on a full disk, a write fails in the middle.
    @Test func aDatabaseWithoutRoom() async throws {
        try await StartErrorsProgram.inFolder { program in
            try await program.expectRefusal(
                75, ["ANB_DATA_DIR: SQLite"], Self.migrate, [:], shell: "trap '' XFSZ; ulimit -f 16")
        }
    }

    @Test func postgreSQL() async throws {
        let postgres = try await PostgresTestServer.shared
        let secret = StartErrorsProgram.secret
        let cases: [(url: String, code: Int32, words: String)] = [
            (postgres.url(password: secret), 78, "password authentication failed"),
            (postgres.url(database: "nowhere"), 78, "does not exist"),
            ("postgres://anb:\(secret)@no-such-host.invalid/anb", 78, "could not translate host name"),
            ("postgres://anb:\(secret)@127.0.0.1:1/anb", 75, "Connection refused"),
        ]
        try await StartErrorsProgram.inFolder { program in
            for (url, code, words) in cases {
                for command in [Self.server, Self.worker, Self.migrate] {
                    try await program.expectRefusal(
                        code, ["DATABASE_URL: PostgreSQL at ", words], command, ["DATABASE_URL": url])
                }
            }
            let readOnly = postgres.url(options: "options=-c%20default_transaction_read_only%3Don")
            try await program.expectRefusal(
                75, ["DATABASE_URL: ", "the database is read-only"], Self.migrate, ["DATABASE_URL": readOnly])
        }
    }

    @Test func redis() async throws {
        let secret = StartErrorsProgram.secret
        try await withRedisServer(["--requirepass", "right"]) { redis in
            let place = "127.0.0.1:\(redis.port)"
            let cases: [(url: String, code: Int32, words: String)] = [
                ("redis://:\(secret)@\(place)", 78, "Redis at redis://\(place)/0 refuses the user or the password of REDIS_URL"),
                ("redis://\(place)", 78, "refuses the user or the password of REDIS_URL"),
                ("redis://:right@\(place)/99", 78, "REDIS_URL: the server has no database number 99"),
                ("redis://:\(secret)@127.0.0.1:1", 75, "REDIS_URL: Redis at redis://127.0.0.1:1/0 cannot be reached"),
                ("redis://:\(secret)@no-such-host.invalid", 75, "REDIS_URL: Redis at redis://no-such-host.invalid:6379/0"),
                ("http://:\(secret)@\(place)", 78, "REDIS_URL is not valid: it must start with redis://"),
                ("", 78, "REDIS_URL must be set with QUEUE_BACKEND=redis"),
            ]
            try await StartErrorsProgram.inFolder { program in
                for (url, code, words) in cases {
                    let settings = ["QUEUE_BACKEND": "redis", "REDIS_URL": url]
                    try await program.expectRefusal(code, [words], Self.server, settings)
                    if code == 78 {
                        try await program.expectRefusal(code, [words], Self.worker, settings)
                    } else {
                        try await program.expectWait([words], Self.worker, settings)
                    }
                }
            }
        }
    }

    private static let rates: [(settings: [String: String], words: [String])] = [
        (["CORS_ORIGINS": "anb.example.com"], ["CORS_ORIGINS: \"anb.example.com\" is not an origin like https://"]),
        (["TRUSTED_PROXIES": "10.0.0.0/8, nonsense"], ["TRUSTED_PROXIES: \"nonsense\" is not an address or a range"]),
        (["RATE_LIMIT_LOGIN_FAILURES": "x"], ["RATE_LIMIT_LOGIN_FAILURES: \"x\" is not valid"]),
        (["MAX_UPLOADS_PER_DAY": "-1"], ["MAX_UPLOADS_PER_DAY: \"-1\" is not valid; it must be a whole number from 0"]),
        (
            ["JWT_SECRET": "a first secret of thirty-two bytes\nshort"],
            ["JWT_SECRET: ", "must have at least 32 bytes on each line"]
        ),
        (["JWT_PRIVATE_KEY": "nonsense"], ["JWT_PRIVATE_KEY: ", "one or more Ed25519 keys in PEM"]),
        (["ALGORITHM": "EdDSA"], ["JWT_PRIVATE_KEY: ", "must begin with a private key for ALGORITHM=EdDSA"]),
        (["ALGORITHM": "none"], ["ALGORITHM: \"none\" is not valid; it must be HS256 or EdDSA"]),
        (["RATE_LIMIT_VOTE": "60"], ["RATE_LIMIT_VOTE: \"60\" is not valid; it must look like 10/60"]),
        (["RATE_LIMIT_LOGIN": "0/60"], ["RATE_LIMIT_LOGIN: \"0/60\""]),
        (["RATE_LIMIT_BACKEND": "redis"], ["REDIS_URL must be set with RATE_LIMIT_BACKEND=redis"]),
    ]
    private static let python =
        "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
}
