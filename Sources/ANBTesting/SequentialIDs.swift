public import ANBCore
public import Foundation
import Synchronization

/// Identities and chance that repeat: the same seed gives the same sequence.
///
/// Each UUID sorts after the one before, and two generators with different seeds share none.
public final class SequentialIDs: IDGenerator {
    private struct State {
        var count: UInt64 = 0
        var chance: SplitMix64
    }

    private let seed: UInt64
    private let state: Mutex<State>

    /// The same seed gives the same ids and the same chance.
    public init(seed: UInt64 = 1) {
        self.seed = seed
        state = Mutex(State(chance: SplitMix64(state: seed)))
    }

    public func uuid() -> UUID {
        let count = state.withLock { state in
            state.count += 1
            return state.count
        }
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: count >> (40 - 8 * UInt64($0))) }
        bytes += [0x70, 0, 0x80, 0]
        bytes += (0..<6).map { UInt8(truncatingIfNeeded: seed >> (40 - 8 * UInt64($0))) }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    public func randomBytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &state.chance) }
        }
    }

    public func fraction() -> Double {
        state.withLock { Double.random(in: 0..<1, using: &$0.chance) }
    }
}

/// Sebastiano Vigna's splitmix64: small, and every seed is a good one.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
