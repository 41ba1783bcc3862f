import NIOCore
import Synchronization

/// The connections of one server that no request is on. When there are nearly as many connections as there may be, those that
/// have been waiting longest give way, so that whoever opens thousands and says nothing keeps nobody out.
final class WaitingConnections: Sendable {
    private struct State {
        /// Those that give way are not counted any more.
        var open = 0
        var waiting: [ObjectIdentifier: (channel: any Channel, since: NIODeadline)] = [:]
        var givingWay: Set<ObjectIdentifier> = []
    }

    /// As many as this, and some of the waiting ones give way.
    private let crowdedAt: Int
    private let state = Mutex(State())

    /// - Parameter connectionsMax: Above this the server takes no more.
    init(connectionsMax: Int) { crowdedAt = max(1, connectionsMax - connectionsMax / 16) }

    func opened(_ channel: any Channel, at now: NIODeadline) {
        for channel in state.withLock({ state in
            state.open += 1
            state.waiting[ObjectIdentifier(channel)] = (channel, now)
            return leaving(&state)
        }) { channel.close(promise: nil) }
    }

    /// A request begins.
    func busy(_ channel: any Channel) { state.withLock { $0.waiting[ObjectIdentifier(channel)] = nil } }

    /// The last answer is out.
    func idle(_ channel: any Channel, at now: NIODeadline) {
        state.withLock { state in
            guard !state.givingWay.contains(ObjectIdentifier(channel)) else { return }
            state.waiting[ObjectIdentifier(channel)] = (channel, now)
        }
    }

    func closed(_ channel: any Channel) {
        state.withLock { state in
            state.waiting[ObjectIdentifier(channel)] = nil
            if state.givingWay.remove(ObjectIdentifier(channel)) == nil { state.open -= 1 }
        }
    }

    /// How many there are, for tests.
    var openCount: Int { state.withLock(\.open) }

    /// Many at once, so that the search for the oldest is a rare one.
    private func leaving(_ state: inout State) -> [any Channel] {
        guard state.open >= crowdedAt else { return [] }
        let oldest = state.waiting.sorted { $0.value.since < $1.value.since }.prefix(max(1, crowdedAt / 16))
        for (id, _) in oldest {
            state.waiting[id] = nil
            state.givingWay.insert(id)
        }
        state.open -= oldest.count
        return oldest.map(\.value.channel)
    }
}
