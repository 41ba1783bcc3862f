extension Migration {
    /// Every step of the schema, oldest first. Types are those that all dialects understand.
    static let all = [
        Migration(
            version: 1, name: "first schema", statements: accounts + videos + votes + uploads + jobs),
        Migration(
            version: 2, name: "start of runs; sessions of a person",
            statements: [
                "ALTER TABLE jobs ADD COLUMN started_at BIGINT", "CREATE INDEX sessions_of_user ON sessions (user_id)",
            ]),
        Migration(version: 3, name: "audit log; moderation", statements: audit + moderation),
        Migration(version: 4, name: "ledger of votes", statements: voteLedger),
        Migration(
            version: 5, name: "closed accounts",
            statements: [
                "ALTER TABLE users ADD COLUMN erased_at BIGINT",
                "CREATE INDEX users_erased ON users (erased_at) WHERE erased_at IS NOT NULL",
                "CREATE INDEX uploads_of_owner ON uploads (owner_id)",
            ]),
        Migration(version: 6, name: "uploads in parts", statements: uploadSessions),
        Migration(version: 7, name: "requests with a key", statements: keptRequests),
        Migration(version: 8, name: "uploads of a day", statements: uploadDays),
        Migration(version: 9, name: "full uploads by turns", statements: fullUploadsByTurns),
        Migration(version: 10, name: "failure codes", statements: ["ALTER TABLE videos ADD COLUMN failure_code TEXT"]),
        Migration(version: 11, name: "webhooks", statements: webhooks),
        Migration(
            version: 12, name: "failure codes of uploads in parts",
            statements: ["ALTER TABLE upload_sessions ADD COLUMN failure_code TEXT"]),
        Migration(
            version: 13, name: "expected end of runs", statements: ["ALTER TABLE jobs ADD COLUMN expected_end BIGINT"]),
    ]

    /// Events refer to nothing, like jobs.
    private static let webhooks = [
        """
        CREATE TABLE webhook_events (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, video_id TEXT NOT NULL, user_id TEXT NOT NULL, failure_code TEXT,
            at BIGINT NOT NULL, attempts BIGINT NOT NULL, queued_at BIGINT NOT NULL, due_at BIGINT, problem TEXT)
        """,
        "CREATE INDEX webhook_events_due ON webhook_events (due_at, id) WHERE due_at IS NOT NULL",
    ]

    private static let fullUploadsByTurns = [
        "DROP INDEX upload_sessions_full",
        """
        CREATE INDEX upload_sessions_full ON upload_sessions (fence, id)
            WHERE state = 'open' AND stored_byte_count = byte_count
        """,
    ]

    /// It refers to nothing: closing an account must not wait for it, and a sweep removes it after a day.
    private static let uploadDays = [
        """
        CREATE TABLE upload_days (
            owner_id TEXT NOT NULL, day BIGINT NOT NULL, uploads BIGINT NOT NULL, byte_count BIGINT NOT NULL,
            PRIMARY KEY (owner_id, day))
        """,
        "CREATE INDEX upload_days_by_day ON upload_days (day)",
    ]

    private static let keptRequests = [
        """
        CREATE TABLE kept_requests (
            scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, started_at BIGINT NOT NULL, status BIGINT,
            body TEXT, expires_at BIGINT NOT NULL, PRIMARY KEY (scope, key))
        """,
        "CREATE INDEX kept_requests_by_expiry ON kept_requests (expires_at)",
    ]

    /// The ledger refers to nothing: it must not cost a vote another look at the video's row.
    private static let voteLedger = [
        "ALTER TABLE votes ADD COLUMN quarantined_at BIGINT",
        """
        CREATE TABLE vote_events (
            voter_id TEXT NOT NULL, video_id TEXT NOT NULL, revision BIGINT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL,
            actor TEXT NOT NULL, reason TEXT NOT NULL, network TEXT, PRIMARY KEY (voter_id, video_id, revision))
        """,
        """
        INSERT INTO vote_events (voter_id, video_id, revision, kind, at, actor, reason)
        SELECT voter_id, video_id, 1, 'cast', created_at, 'voter', 'before the ledger' FROM votes
        """,
    ]

    /// Events wait in one table and are moved to the other when they get their place in the chain; rows of `audit_log`
    /// are never written again.
    private static let audit = [
        """
        CREATE TABLE audit_inbox (
            id TEXT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
            detail TEXT NOT NULL, reason TEXT NOT NULL)
        """,
        """
        CREATE TABLE audit_log (
            sequence BIGINT PRIMARY KEY, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE,
            at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
            reason TEXT NOT NULL)
        """,
        "CREATE TABLE audit_head (id BIGINT PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT NULL)",
        "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '')",
    ]

    private static let moderation = [
        """
        CREATE INDEX videos_to_review ON videos (processed_at, id) WHERE status = 'pending_review' AND deleted_at IS NULL
        """
    ]

    private static let accounts = [
        """
        CREATE TABLE users (
            id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
            first_name TEXT NOT NULL, last_name TEXT NOT NULL, city TEXT NOT NULL, city_key TEXT NOT NULL,
            country TEXT NOT NULL, password_hash TEXT NOT NULL, roles TEXT NOT NULL, is_active BIGINT NOT NULL,
            created_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), created_at BIGINT NOT NULL,
            last_used_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT)
        """,
        "CREATE INDEX sessions_by_end ON sessions (expires_at)",
        "CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL",
        """
        CREATE TABLE refresh_tokens (
            hash TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            expires_at BIGINT NOT NULL, used_at BIGINT, used_by TEXT)
        """,
        "CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id)",
    ]

    private static let videos = [
        """
        CREATE TABLE videos (
            id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users (id), title TEXT NOT NULL,
            status TEXT NOT NULL, original_key TEXT NOT NULL, original_byte_count BIGINT NOT NULL,
            original_sha256 TEXT NOT NULL, original_seconds DOUBLE PRECISION NOT NULL, job_id TEXT NOT NULL,
            correlation_id TEXT NOT NULL, uploaded_at BIGINT NOT NULL, processed_at BIGINT, publication TEXT,
            failure_reason TEXT, votes BIGINT NOT NULL, votes_reached_at BIGINT NOT NULL, deleted_at BIGINT,
            city_key TEXT NOT NULL)
        """,
        """
        CREATE INDEX videos_of_owner ON videos (owner_id, uploaded_at DESC, id DESC) WHERE deleted_at IS NULL
        """,
        """
        CREATE INDEX open_videos_by_votes ON videos (votes DESC, votes_reached_at, id)
            WHERE status = 'processed' AND deleted_at IS NULL
        """,
        """
        CREATE INDEX open_videos_by_city_and_votes ON videos (city_key, votes DESC, votes_reached_at, id)
            WHERE status = 'processed' AND deleted_at IS NULL
        """,
        """
        CREATE INDEX open_videos_by_age ON videos (processed_at DESC, id DESC)
            WHERE status = 'processed' AND deleted_at IS NULL
        """,
        """
        CREATE INDEX open_videos_by_city_and_age ON videos (city_key, processed_at DESC, id DESC)
            WHERE status = 'processed' AND deleted_at IS NULL
        """,
    ]

    private static let votes = [
        """
        CREATE TABLE votes (
            voter_id TEXT NOT NULL REFERENCES users (id),
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            created_at BIGINT NOT NULL, PRIMARY KEY (voter_id, video_id))
        """,
        "CREATE INDEX votes_of_voter ON votes (voter_id, created_at DESC, video_id DESC)",
        "CREATE INDEX votes_for_video ON votes (video_id, created_at)",
        """
        CREATE TABLE player_tallies (
            user_id TEXT PRIMARY KEY REFERENCES users (id), city_key TEXT NOT NULL, videos BIGINT NOT NULL,
            votes BIGINT NOT NULL, reached_at BIGINT NOT NULL)
        """,
        "CREATE INDEX ranking ON player_tallies (votes DESC, reached_at, user_id)",
        "CREATE INDEX ranking_of_city ON player_tallies (city_key, votes DESC, reached_at, user_id)",
    ]

    private static let uploads = [
        """
        CREATE TABLE uploads (
            id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users (id), object_key TEXT NOT NULL,
            state TEXT NOT NULL, idempotency_key TEXT, fingerprint TEXT NOT NULL, job_id TEXT NOT NULL,
            expires_at BIGINT NOT NULL, UNIQUE (owner_id, idempotency_key))
        """,
        "CREATE INDEX uploads_by_expiry ON uploads (expires_at, id)",
    ]

    private static let uploadSessions = [
        """
        CREATE TABLE upload_sessions (
            id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users (id), title TEXT NOT NULL, metadata TEXT,
            byte_count BIGINT NOT NULL, direct_part_bytes BIGINT, parts TEXT NOT NULL, stored_byte_count BIGINT NOT NULL,
            job_id TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, fence BIGINT NOT NULL, lease_owner TEXT,
            lease_until BIGINT, is_wanted BIGINT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)
        """,
        "CREATE INDEX upload_sessions_by_expiry ON upload_sessions (expires_at, id)",
        "CREATE INDEX upload_sessions_of_owner ON upload_sessions (owner_id) WHERE state = 'open'",
        """
        CREATE INDEX upload_sessions_full ON upload_sessions (lease_until)
            WHERE state = 'open' AND stored_byte_count = byte_count
        """,
    ]

    /// Jobs refer to nothing: they outlive their video.
    private static let jobs = [
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, video_id TEXT NOT NULL, user_id TEXT NOT NULL,
            correlation_id TEXT NOT NULL, state TEXT NOT NULL, created_at BIGINT NOT NULL,
            ready_at BIGINT NOT NULL, rung_at BIGINT, fence BIGINT NOT NULL, failures BIGINT NOT NULL,
            worker_deaths BIGINT NOT NULL, worker TEXT, lease_until BIGINT, stage TEXT NOT NULL,
            fraction DOUBLE PRECISION NOT NULL, reason TEXT, finished_at BIGINT,
            due_at BIGINT GENERATED ALWAYS AS
                (CASE state WHEN 'ready' THEN ready_at WHEN 'running' THEN lease_until END) STORED)
        """,
        "CREATE INDEX jobs_due ON jobs (due_at, id) WHERE due_at IS NOT NULL",
        "CREATE INDEX jobs_waiting ON jobs (kind, ready_at, id) WHERE state = 'ready'",
        "CREATE INDEX jobs_by_state ON jobs (state)",
        "CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL",
    ]
}
