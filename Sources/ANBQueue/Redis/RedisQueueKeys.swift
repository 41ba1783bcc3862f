/// The keys of one queue. The braces keep them on one node of servers that are clusters inside.
struct RedisQueueKeys: Sendable {
    private let base: String

    init(prefix: String) { base = "\(prefix){jobs}:" }

    var stream: String { base + "stream" }
    var bell: String { base + "bell" }
    var dead: String { base + "dead" }

    /// In the order of ``RedisQueueScripts``.
    var all: [String] { [stream, base + "waiting", base + "inflight", base + "delayed", bell, dead] }
}
