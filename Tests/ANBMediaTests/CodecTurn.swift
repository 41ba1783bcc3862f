import Testing

/// Lets only a few test cases run at once: each keeps all cores busy, and more at once would only make every one of them
/// miss its limits.
struct CodecTurn: SuiteTrait, TestTrait, TestScoping {
    private static let turns = Turns(free: 2)

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        await Self.turns.take()
        do {
            try await body()
        } catch {
            await Self.turns.give()
            throw error
        }
        await Self.turns.give()
    }
}

extension Trait where Self == CodecTurn {
    static var oneOfFew: CodecTurn { CodecTurn() }
}

/// Counts what is free; those who wait are served in order.
private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(free: Int) { self.free = free }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
