import ANBCore

/// The messages of the one queue, which keeps no promise but that of every queue: at least once, perhaps, some time.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class Messages: @unchecked Sendable {
    private struct Message {
        var id: Int
        var content: JobMessage
        var visibleAt: Int64
        var receiveCount = 0
        /// Of the latest delivery.
        var receipt = ""
    }

    private struct Receiver {
        var wait: Int
        var process: SimulatedProcess
    }

    private let world: () -> World?
    private var messages: [Message] = []
    private var receivers: [Receiver] = []
    private var count = 0

    init(_ world: @escaping () -> World?) { self.world = world }

    func send(_ contents: [JobMessage]) {
        guard let world = world() else { return }
        for content in contents {
            for _ in 0..<copies(world) {
                count += 1
                let isLate = world.faultsAreOn && world.chance.happens(world.plan.messages.delays)
                let delay = isLate ? world.chance.pick([100, 3000, 70_000]) as Int64 : 0
                messages.append(Message(id: count, content: content, visibleAt: world.scheduler.now + delay))
                ring(after: delay, world)
            }
        }
    }

    private func copies(_ world: World) -> Int {
        guard world.faultsAreOn else { return 1 }
        if world.chance.happens(world.plan.messages.drops) {
            world.counts[.messagesDropped] += 1
            return 0
        }
        guard world.chance.happens(world.plan.messages.doubles) else { return 1 }
        world.counts[.messagesDoubled] += 1
        return 2 + world.chance.below(4)
    }

    private func ring(after delay: Int64, _ world: World) {
        world.scheduler.after(delay) { [self] in
            let waiting = receivers
            receivers = []
            for receiver in waiting { world.scheduler.wake(receiver.wait) }
        }
    }

    /// Visible messages in any order.
    func take(_ limit: Int) -> [JobDelivery] {
        guard let world = world() else { return [] }
        var taken: [JobDelivery] = []
        while taken.count < limit {
            let visible = messages.indices.filter { messages[$0].visibleAt <= world.scheduler.now }
            guard !visible.isEmpty else { break }
            let index = world.chance.pick(visible)
            if world.faultsAreOn, messages[index].receiveCount >= world.plan.messages.receivesMax {
                messages.remove(at: index)
                world.counts[.deadLetters] += 1
                continue
            }
            messages[index].receiveCount += 1
            messages[index].receipt = "\(messages[index].id)/\(messages[index].receiveCount)"
            hide(index, for: world.plan.messages.visibility, world)
            let message = messages[index]
            taken.append(
                JobDelivery(message: message.content, receipt: message.receipt, receiveCount: message.receiveCount))
        }
        return taken
    }

    /// Registers whoever waits for the next message.
    func await(_ wait: Int, _ process: SimulatedProcess) { receivers.append(Receiver(wait: wait, process: process)) }

    func hide(_ receipt: String, for milliseconds: Int64) {
        guard let world = world(), let index = messages.firstIndex(where: { $0.receipt == receipt }) else { return }
        hide(index, for: milliseconds, world)
    }

    private func hide(_ index: Int, for milliseconds: Int64, _ world: World) {
        messages[index].visibleAt = world.scheduler.now + milliseconds
        ring(after: milliseconds, world)
    }

    func remove(_ receipt: String) { messages.removeAll { $0.receipt == receipt } }
}
