public import Logging

/// The whole contest over a set of backends: every use case, ready to be called from routes, commands or tests.
public struct Contest: Sendable {
    /// The ports behind the contest. Any mix of backends behaves the same.
    public struct Backends: Sendable {
        /// Everything but the bytes of videos, with the ledger of jobs.
        public var database: any Database
        /// Originals and renditions.
        public var objects: any ObjectStore
        /// `nil` when this process does not ring: its jobs are in the ledger, and a worker process rings for itself.
        public var queue: (any JobQueue)?
        /// Probes uploads and makes renditions.
        public var media: any MediaEngine
        /// Local files for bytes on their way.
        public var scratch: any ScratchSpace
        /// Hashes passwords.
        public var hasher: any PasswordHasher
        /// Tells when ranking and lists changed.
        public var boards: any BoardRevision
        /// The time.
        public var clock: any WallClock
        /// Identities and chance.
        public var ids: any IDGenerator

        /// Backends that the caller has opened, and closes when nothing uses the contest any more.
        public init(
            database: any Database, objects: any ObjectStore, queue: (any JobQueue)?, media: any MediaEngine,
            scratch: any ScratchSpace, hasher: any PasswordHasher, boards: any BoardRevision = LocalBoardRevision(),
            clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs()
        ) {
            self.database = database
            self.objects = objects
            self.queue = queue
            self.media = media
            self.scratch = scratch
            self.hasher = hasher
            self.boards = boards
            self.clock = clock
            self.ids = ids
        }
    }

    /// The rules of this contest.
    public struct Rules: Sendable {
        /// Sizes, counts and waits.
        public var limits: Limits
        /// Which clips the contest takes.
        public var uploadPolicy: UploadPolicy
        /// What a file may ask of the media engine.
        public var mediaLimits: MediaLimits
        /// What a clip becomes.
        public var recipe: MediaRecipe
        /// How long a refresh token lives.
        public var refreshLife: Duration
        /// How long a page of ranking or lists is kept at most, also when nothing is known to have changed.
        public var boardLife: Duration
        /// Whether a moderator looks at every video before it is published.
        public var isModerated: Bool
        /// When votes are taken.
        public var votingPhase: VotingPhase
        /// Whether what becomes of a video is kept for a ``WebhookDelivery``, wherever one runs.
        public var hasWebhook: Bool

        /// The contest's own rules where nothing else is said.
        public init(
            limits: Limits = Limits(), uploadPolicy: UploadPolicy = UploadPolicy(),
            mediaLimits: MediaLimits = MediaLimits(), recipe: MediaRecipe = MediaRecipe(),
            refreshLife: Duration = .seconds(14 * 24 * 3600), boardLife: Duration = .seconds(60), isModerated: Bool = false,
            votingPhase: VotingPhase = .always, hasWebhook: Bool = false
        ) {
            self.limits = limits
            self.uploadPolicy = uploadPolicy
            self.mediaLimits = mediaLimits
            self.recipe = recipe
            self.refreshLife = refreshLife
            self.boardLife = boardLife
            self.isModerated = isModerated
            self.votingPhase = votingPhase
            self.hasWebhook = hasWebhook
        }
    }

    /// As given.
    public let backends: Backends
    /// As given.
    public let rules: Rules
    /// Sign-up, login, sessions, the account itself.
    public let accounts: Accounts
    /// The end of an account.
    public let accountClosing: AccountClosing
    /// Uploads in one piece.
    public let uploads: VideoUploads
    /// Uploads in parts.
    public let resumableUploads: ResumableUploads
    /// A player's own videos.
    public let library: VideoLibrary
    /// What everyone sees.
    public let showcase: Showcase
    /// Votes, cast and taken back.
    public let voting: Voting
    /// For whoever changes what the public sees by other ways than these.
    public let boards: BoardChanges
    /// Decisions on videos that wait for one.
    public let moderation: Moderation
    /// Who did what, and why.
    public let audit: AuditTrail
    /// For requests that come with an `Idempotency-Key`.
    public let repeats: Repeats
    /// Names whom a rate limit is about on a backend that others may read.
    public let rateFingerprint: Fingerprint
    /// Rings for jobs that nobody was told of.
    public let relay: OutboxRelay
    /// Removes what no row needs.
    public let sweeper: Sweeper
    /// What a job runner needs to do the contest's work.
    public let jobHandlers: [any JobHandler]

    /// - Parameters:
    ///   - backends: Opened already; they are closed by whoever opened them.
    ///   - rules: The contest's own where nothing else is said.
    ///   - tokens: Makes refresh tokens; share its key between replicas.
    ///   - logger: For what is worth an operator's eye.
    public init(_ backends: Backends, rules: Rules = Rules(), tokens: RefreshTokenChain, logger: Logger) {
        let (database, objects, clock, ids) = (backends.database, backends.objects, backends.clock, backends.ids)
        let boards = BoardChanges(revision: backends.boards, logger: logger)
        let news = VideoNews(isOn: rules.hasWebhook, ids: ids)
        let relay = OutboxRelay(database: database, queue: backends.queue, clock: clock, logger: logger)
        self.backends = backends
        self.rules = rules
        self.relay = relay
        self.boards = boards
        rateFingerprint = Fingerprint(key: tokens.key(for: "rates"))
        repeats = Repeats(
            database: database, limits: rules.limits, clock: clock, hashKey: tokens.key(for: "requests with a key"))
        accounts = Accounts(
            database: database, hasher: backends.hasher, tokens: tokens, refreshLife: rules.refreshLife, boards: boards,
            clock: clock, ids: ids)
        accountClosing = AccountClosing(
            database: database, hasher: backends.hasher, relay: relay, repeats: repeats, boards: boards, clock: clock,
            ids: ids)
        let gate = ConcurrencyGate(
            slots: rules.limits.concurrentUploadsMax, slotsPerUser: rules.limits.concurrentUploadsPerUserMax)
        uploads = VideoUploads(
            database: database, objects: objects, media: backends.media, scratch: backends.scratch, relay: relay,
            policy: rules.uploadPolicy, mediaLimits: rules.mediaLimits, limits: rules.limits, gate: gate, clock: clock,
            ids: ids, logger: logger)
        resumableUploads = ResumableUploads(
            database: database, objects: objects, scratch: backends.scratch,
            completion: UploadCompletion(
                database: database, objects: objects, media: backends.media, scratch: backends.scratch, relay: relay,
                policy: rules.uploadPolicy, mediaLimits: rules.mediaLimits, limits: rules.limits, clock: clock, logger: logger),
            leases: UploadLeases(database: database, limits: rules.limits, clock: clock, logger: logger),
            limits: rules.limits, gate: gate, clock: clock, ids: ids, logger: logger)
        library = VideoLibrary(
            database: database, objects: objects, relay: relay, limits: rules.limits, clock: clock, ids: ids)
        showcase = Showcase(database: database)
        voting = Voting(
            database: database, phase: rules.votingPhase,
            fingerprint: Fingerprint(key: tokens.key(for: "vote networks")), boards: boards, clock: clock)
        moderation = Moderation(database: database, boards: boards, news: news, clock: clock, ids: ids)
        audit = AuditTrail(database: database, logger: logger)
        sweeper = Sweeper(
            database: database, objects: objects, resumableUploads: resumableUploads, limits: rules.limits, clock: clock,
            logger: logger)
        jobHandlers = [
            VideoProcessing(
                database: database, objects: objects, media: backends.media, scratch: backends.scratch,
                recipe: rules.recipe, mediaLimits: rules.mediaLimits, isModerated: rules.isModerated, news: news,
                boards: boards, clock: clock),
            VideoDeletion(objects: objects),
        ]
    }
}
