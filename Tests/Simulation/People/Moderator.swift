import ANBCore

/// Decides what is published, now and then, on whatever is waiting.
struct Moderator: Sendable {
    let world: World
    let process: SimulatedProcess
    let identity: Identity

    func live() async {
        do {
            while world.faultsAreOn {
                try await world.scheduler.sleep(world.chance.number(1000...30_000))
                for id in await waiting() {
                    guard world.faultsAreOn else { return }
                    await decide(id)
                    try process.checkAlive()
                }
            }
        } catch {
            // The simulation is over.
        }
    }

    private func waiting() async -> [VideoID] {
        let identity = identity
        let answer = await world.request("what waits for a decision", from: process) {
            try await $0.moderation.waiting(for: identity, page: Page()).elements.map(\.video.id)
        }
        guard case .value(let ids) = answer else { return [] }
        return ids
    }

    private func decide(_ id: VideoID) async {
        let (identity, isGood) = (identity, world.chance.happens(0.8))
        let answer = await world.request("\(isGood ? "publish" : "reject") \(id)", from: process) { contest in
            if isGood {
                try await contest.moderation.publish(id, by: identity, reason: "")
            } else {
                try await contest.moderation.reject(id, by: identity, reason: "no ball in it")
            }
        }
        switch answer {
        case .value:
            // An acknowledged decision stands, unless the player deleted the video since.
            let status = world.checker.rows.videos[id]?.status
            world.checker.require(
                status == nil || status == (isGood ? .processed : .rejected), .answers, "\(id) is \(status as Any)")
        case .refused(let error as ANBError):
            world.checker.require(
                [.conflict, .notFound, .unavailable].contains(error.code), .answers, "a decision on \(id): \(error)")
        case .refused, .none: break
        }
    }
}
