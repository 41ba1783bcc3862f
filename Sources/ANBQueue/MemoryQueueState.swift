import ANBCore

/// What a ``MemoryJobQueue`` holds and how it changes, without waiting or waking anybody.
struct MemoryQueueState {
    struct Message {
        var id: String
        /// `nil` for a body that came from elsewhere.
        var jobID: JobID?
        var body: String
        var receiveCount = 0
        /// Of the latest delivery.
        var receipt: String?
    }

    private struct Hidden {
        var message: Message
        var until: Timestamp
        var isInFlight: Bool
    }

    let visibility: Duration
    let receivesMax: Int
    private var ready: [Message] = []
    /// How many messages of each job are in ``ready``: a redelivery and a repeated bell may both wait.
    private var readyJobs: [JobID: Int] = [:]
    /// By message id: in flight or delayed.
    private var hidden: [String: Hidden] = [:]
    private(set) var dead: [DeadLetter] = []

    init(visibility: Duration, receivesMax: Int) {
        self.visibility = visibility
        self.receivesMax = receivesMax
    }

    /// A message of a job that one waits for already is dropped; when the waiting one is delayed, its delay ends.
    mutating func add(_ message: Message) {
        guard let jobID = message.jobID else { return ready.append(message) }
        if readyJobs[jobID] != nil { return }
        let delayed = hidden.values.first { !$0.isInFlight && $0.message.jobID == jobID }
        if let delayed { hidden[delayed.message.id] = nil }
        makeReady(delayed?.message ?? message)
    }

    /// Delivers the longest waiting messages; what nobody can read goes to the dead letters.
    mutating func take(_ limit: Int, now: Timestamp) -> [JobDelivery] {
        settle(now)
        var taken: [JobDelivery] = []
        while taken.count < limit, !ready.isEmpty {
            var message = removeReady(at: 0)
            message.receiveCount += 1
            let receipt = "\(message.id)/\(message.receiveCount)"
            message.receipt = receipt
            do {
                let content = try JobMessage(json: message.body)
                taken.append(JobDelivery(message: content, receipt: receipt, receiveCount: message.receiveCount))
                hidden[message.id] = Hidden(message: message, until: now + visibility, isInFlight: true)
            } catch {
                bury(message, reason: (error as? ANBError)?.operatorMessage ?? "\(error)")
            }
        }
        return taken
    }

    /// When the next hidden message comes back.
    var nextReturn: Timestamp? { hidden.values.map(\.until).min() }

    mutating func extend(_ receipt: String, until: Timestamp) {
        guard let message = remove(receipt) else { return }
        hidden[message.id] = Hidden(message: message, until: until, isInFlight: true)
    }

    mutating func acknowledge(_ receipt: String) { _ = remove(receipt) }

    mutating func giveBack(_ receipt: String, until: Timestamp) {
        guard let message = remove(receipt) else { return }
        hidden[message.id] = Hidden(message: message, until: until, isInFlight: false)
    }

    /// Brings back what is due: to the others, or to the dead letters when it was delivered too often.
    mutating func settle(_ now: Timestamp) {
        let due = hidden.values.filter { $0.until <= now }.sorted { ($0.until, $0.message.id) < ($1.until, $1.message.id) }
        for entry in due {
            hidden[entry.message.id] = nil
            if entry.message.receiveCount >= receivesMax {
                bury(entry.message, reason: "delivered \(entry.message.receiveCount) times and never acknowledged")
            } else {
                makeReady(entry.message)
            }
        }
    }

    var depth: QueueDepth {
        let inFlight = hidden.values.count(where: \.isInFlight)
        return QueueDepth(ready: ready.count, inFlight: inFlight, delayed: hidden.count - inFlight, dead: dead.count)
    }

    /// Takes letters out.
    mutating func takeDead(_ ids: Set<String>) -> [DeadLetter] {
        let taken = dead.filter { ids.contains($0.id) }
        dead.removeAll { ids.contains($0.id) }
        return taken
    }

    private mutating func bury(_ message: Message, reason: String) {
        dead.append(DeadLetter(id: message.id, body: message.body, reason: reason, receiveCount: message.receiveCount))
    }

    private mutating func makeReady(_ message: Message) {
        ready.append(message)
        if let jobID = message.jobID { readyJobs[jobID, default: 0] += 1 }
    }

    private mutating func removeReady(at index: Int) -> Message {
        let message = ready.remove(at: index)
        if let jobID = message.jobID, let count = readyJobs[jobID] { readyJobs[jobID] = count > 1 ? count - 1 : nil }
        return message
    }

    /// Takes out the message whose latest delivery that was, also when it came back but was not delivered again.
    private mutating func remove(_ receipt: String) -> Message? {
        let id = String(receipt.prefix { $0 != "/" })
        if let entry = hidden[id], entry.message.receipt == receipt {
            hidden[id] = nil
            return entry.message
        }
        guard let index = ready.firstIndex(where: { $0.receipt == receipt }) else { return nil }
        return removeReady(at: index)
    }
}
