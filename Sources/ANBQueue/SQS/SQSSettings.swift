import Foundation

/// Which queue, and how it is used.
public struct SQSSettings: Hashable, Sendable {
    /// How a queue is told: existing deployments do either.
    public enum Queue: Hashable, Sendable {
        /// As AWS shows it.
        case url(String)
        /// Looked up in the account of the credentials.
        case name(String)
    }

    /// Seconds; what SQS allows.
    public static let visibilitySecondsMax = 43_200
    /// What a message that was never finished lives: 14 days, the longest that SQS keeps one.
    public static let retentionSeconds = 1_209_600

    /// The queue that wakes workers.
    public var queue: Queue
    /// For example `us-east-1`; also part of every signature.
    public var region: String
    /// `scheme://host[:port]`; `nil` is the queue URL's own or AWS.
    public var endpoint: String?
    /// `nil`: the one that the queue's redrive policy names.
    public var deadLetterARN: String?
    /// Deliveries before a message is dead, for the creation of queues; `nil`: 3 on FIFO queues, 5 on Standard ones.
    public var receivesMax: Int?
    /// How long one receive waits at most.
    public var longPoll: Duration
    /// How long a delivery is hidden from other workers.
    public var visibility: Duration

    /// A FIFO or Standard queue, by its name.
    public init(
        queue: Queue, region: String, endpoint: String? = nil, deadLetterARN: String? = nil, receivesMax: Int? = nil,
        longPoll: Duration = .seconds(20), visibility: Duration = .seconds(300)
    ) {
        self.queue = queue
        self.region = region
        self.endpoint = endpoint
        self.deadLetterARN = deadLetterARN
        self.receivesMax = receivesMax
        self.longPoll = longPoll
        self.visibility = visibility
    }

    /// Of queues of the same kind at the same place that nobody else uses.
    package func throwaway(visibility: Duration) -> SQSSettings {
        let name = "anb-conformance-\(UUID().uuidString.lowercased())" + (isFIFO ? Self.suffixFIFO : "")
        var place = endpoint
        if place == nil, case .url(let url) = queue, let url = URL(string: url), let scheme = url.scheme, let host = url.host {
            place = "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
        }
        return SQSSettings(
            queue: .name(name), region: region, endpoint: place, receivesMax: 3, longPoll: longPoll, visibility: visibility)
    }

    /// The last part of the name or the URL.
    package var queueName: String {
        switch queue {
        case .url(let url): String(url.split(separator: "/").last ?? "")
        case .name(let name): name
        }
    }

    /// SQS itself tells the two kinds apart by the name.
    var isFIFO: Bool { queueName.hasSuffix(Self.suffixFIFO) }

    static let suffixFIFO = ".fifo"
}
