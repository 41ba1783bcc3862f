import ANBCore

/// The one queue as one process reaches it.
struct QueuePort: JobQueue {
    let port: Port

    private var messages: Messages { port.world.messages }

    func send(_ messages: [JobMessage]) async throws {
        let queue = self.messages
        try await port.call("is sent \(messages.map(\.jobID))") { queue.send(messages) }
    }

    func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        let (scheduler, messages) = (port.world.scheduler, messages)
        let deadline = scheduler.now + wait.wholeMilliseconds
        while true {
            let deliveries = try await port.call("is asked") { messages.take(limit) }
            if !deliveries.isEmpty || scheduler.now >= deadline { return deliveries }
            let id = scheduler.newWait()
            messages.await(id, port.process)
            try await scheduler.wait(id, until: deadline)
            try port.process.checkAlive()
        }
    }

    func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        let messages = messages
        try await port.call("hides \(delivery.receipt)") { messages.hide(delivery.receipt, for: visibility.wholeMilliseconds) }
    }

    func acknowledge(_ delivery: JobDelivery) async throws {
        let messages = messages
        try await port.call("forgets \(delivery.receipt)") { messages.remove(delivery.receipt) }
    }

    func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        let messages = messages
        try await port.call("takes back \(delivery.receipt)") {
            messages.hide(delivery.receipt, for: delay.wholeMilliseconds)
        }
    }

    func depth() async throws -> QueueDepth { QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0) }

    func check() async throws {}

    var keepsGroupsInOrder: Bool { port.world.plan.messages.keepsGroupsInOrder }

    var outlivesProcess: Bool { port.world.plan.messages.outlivesProcess }
}
