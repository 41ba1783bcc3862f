public import ANBCore

/// What every `JobQueue` must do. Each case wants a fresh, empty queue.
public enum JobQueueSuite {
    /// A queue and how a test makes time pass for it.
    public struct Subject: Sendable {
        /// The one that is tried.
        public var queue: any JobQueue
        /// What that one gives up on.
        public var deadLetters: any DeadLetterQueue
        /// How long a delivery is hidden.
        public var visibility: Duration
        /// Deliveries of one message before it is dead.
        public var receivesMax: Int
        /// Lets time pass: moves a manual clock, or waits for a real one.
        public var pass: @Sendable (Duration) async throws -> Void
        /// Returns when a receiver surely waits.
        public var untilPolling: @Sendable () async throws -> Void
        /// Sends a body past the port, as another system might.
        public var sendBody: @Sendable (String) async throws -> Void

        /// One backend and what the rules need beside it.
        public init(
            queue: any JobQueue & DeadLetterQueue, visibility: Duration, receivesMax: Int,
            pass: @escaping @Sendable (Duration) async throws -> Void,
            untilPolling: @escaping @Sendable () async throws -> Void,
            sendBody: @escaping @Sendable (String) async throws -> Void
        ) {
            self.queue = queue
            deadLetters = queue
            self.visibility = visibility
            self.receivesMax = receivesMax
            self.pass = pass
            self.untilPolling = untilPolling
            self.sendBody = sendBody
        }
    }

    /// Every rule of `JobQueue` and `DeadLetterQueue`.
    public static let suite = ConformanceSuite<Subject>("job queue", delivery + waiting + returning + death)
}

extension JobQueueSuite.Subject {
    /// A message that no other has the id of.
    func message(_ ids: SequentialIDs, kind: Job.Kind = .processVideo) throws -> JobMessage {
        JobMessage(
            jobID: ids.next(), kind: kind, videoID: ids.next(), userID: ids.next(),
            originalKey: "originals/1/original.mp4", correlationID: "correlation-\(ids.next(Job.self))")
    }

    /// Sends that many messages.
    func sendMessages(_ count: Int) async throws -> [JobMessage] {
        let ids = SequentialIDs()
        let messages = try (0..<count).map { _ in try message(ids) }
        try await queue.send(messages)
        return messages
    }

    /// One delivery, which must be there.
    func receiveOne(file: String = #fileID, line: UInt = #line) async throws -> JobDelivery {
        try require(try await queue.receive(limit: 1, wait: .zero).first, "nothing was delivered", file: file, line: line)
    }

    /// What became of each letter, in the order of the ids.
    func replay(_ ids: [String]) async throws -> [DeadLetterFate?] {
        let fates = try await deadLetters.replay(Set(ids))
        return ids.map { fates[$0] }
    }

    /// What became of each letter, in the order of the ids.
    func purge(_ ids: [String]) async throws -> [DeadLetterFate?] {
        let fates = try await deadLetters.purge(Set(ids))
        return ids.map { fates[$0] }
    }

    /// The dead letters' ids by their bodies, which must differ.
    func letters() async throws -> [String: String] {
        let letters = try await deadLetters.deadLetters(limit: 100).map { ($0.body, $0.id) }
        return Dictionary(letters) { first, _ in first }
    }

    func expectNothing(_ message: String = "", file: String = #fileID, line: UInt = #line) async throws {
        try expectEqual(try await queue.receive(limit: 10, wait: .zero), [], message, file: file, line: line)
    }

    /// Receives until nothing comes.
    func receiveAll() async throws -> [JobDelivery] {
        var all: [JobDelivery] = []
        while true {
            let some = try await queue.receive(limit: 10, wait: .zero)
            if some.isEmpty { return all }
            all += some
        }
    }

    /// Lets a message go through all its deliveries.
    func killOne() async throws -> JobMessage {
        let message = try await sendMessages(1)[0]
        for _ in 0..<receivesMax {
            _ = try await receiveOne()
            try await pass(visibility)
        }
        try await expectNothing("the message is not dead")
        return message
    }
}
