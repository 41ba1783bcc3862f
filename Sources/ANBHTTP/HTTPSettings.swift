/// How the HTTP edge behaves. The defaults suit a server behind a load balancer as well as one on a desk.
public struct HTTPSettings: Hashable, Sendable {
    /// Which routes a process answers.
    public enum RouteSet: String, Hashable, Sendable, CaseIterable {
        /// Every route.
        case all
        /// Everything but `/auth` and `/api/auth`.
        case core
        /// Only `/auth`, `/api/auth` and the health routes.
        case auth
    }

    /// Where clients reach this server, for example `https://anb.example.com`; relative signed URLs are completed with
    /// it. `nil` takes each request's own `Host`.
    public var publicBaseURL: String?
    /// Which routes are answered.
    public var routes: RouteSet
    /// What a client may ask before any route decides.
    public var limits: EdgeLimits
    /// What access tokens say about their maker and their life.
    public var tokens: TokenSettings
    /// How often people may log in, open accounts, vote and upload.
    public var rates: RateRules
    /// Whose `X-Forwarded-For` tells who the client is.
    public var trustedProxies: TrustedProxies
    /// Which pages of other sites may call the API from a browser.
    public var crossOrigins: CrossOrigins
    /// Whether each request becomes a span of the process' tracer.
    public var isTraced = false

    /// Every route, no limit of rates, no proxy in front, no pages of other sites.
    public init(
        publicBaseURL: String? = nil, routes: RouteSet = .all, limits: EdgeLimits = EdgeLimits(),
        tokens: TokenSettings = TokenSettings(), rates: RateRules = RateRules(), trustedProxies: TrustedProxies = .none,
        crossOrigins: CrossOrigins = .none
    ) {
        self.publicBaseURL = publicBaseURL
        self.routes = routes
        self.limits = limits
        self.tokens = tokens
        self.rates = rates
        self.trustedProxies = trustedProxies
        self.crossOrigins = crossOrigins
    }
}

/// What a client may ask of the server before any route decides.
public struct EdgeLimits: Hashable, Sendable {
    /// Bytes of a JSON or form body.
    public var jsonBodyBytesMax = 64 << 10
    /// Bytes of all header fields of a request together; one field may use them all.
    public var headerBytesMax = 32 << 10
    /// Header fields of a request.
    public var headerFieldsMax = 100
    /// Connections at the same time; more wait in the system's queue. Before that those that have been without a request for
    /// longest give way.
    public var connectionsMax = 4096
    /// Seconds without a byte of a body that is awaited, or of an answer that is not taken.
    public var idleSecondsMax: Int64 = 30
    /// Seconds that a connection is kept between two requests, or until one has all its header fields. A load balancer in
    /// front must give up its idle connections earlier, or its next request meets one that is just being closed.
    public var keptSecondsMax: Int64 = 30
    /// Bytes a second a body must bring on average, once it has had ``bodyGraceSeconds``.
    public var bodyBytesPerSecondMin: Int64 = 1024
    /// Seconds of waiting for body bytes that are not held against the client.
    public var bodyGraceSeconds: Int64 = 10
    /// Seconds that a client gets to read an answer that came before it had sent its whole body.
    public var lingerSecondsMax: Int64 = 2
    /// Body bytes that are still read and dropped in that time.
    public var lingerBytesMax = 8 << 20
    /// Seconds that an idle connection is kept after the server has stopped listening, for a request that is on its way.
    public var partingSeconds: Int64 = 1
    /// Event streams that one process keeps open at the same time; each looks at the database once a second.
    public var eventStreamsMax = 1024
    /// Of these, streams of any one account.
    public var eventStreamsPerUserMax = 32
    /// Seconds an event stream lasts; the client then comes back with a fresh token and the id of the last event.
    public var eventStreamSecondsMax: Int64 = 900
    /// Seconds for each dependency's check by `/ready`.
    public var readinessSecondsMax: Int64 = 2

    /// The contest's own limits.
    public init() {}
}

/// What access tokens say about their maker and their life.
public struct TokenSettings: Hashable, Sendable {
    /// The claim `iss`.
    public var issuer: String
    /// The claim `aud`.
    public var audience: String
    /// Seconds an access token works.
    public var accessSeconds: Int64

    /// Tokens that work for an hour, unless told otherwise.
    public init(issuer: String = "anb", audience: String = "anb-api", accessSeconds: Int64 = 3600) {
        self.issuer = issuer
        self.audience = audience
        self.accessSeconds = accessSeconds
    }
}
