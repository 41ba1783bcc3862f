import ANBCore
import Foundation

/// Identities and chance of one process: unique among all of them, and the same in every run of a seed.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class ProcessIDs: IDGenerator, @unchecked Sendable {
    private let process: UInt64
    private var count: UInt64 = 0
    private var chance: Chance

    init(process: SimulatedProcess, seed: UInt64) {
        self.process = UInt64(process.index)
        chance = Chance(seed: seed)
    }

    /// Version 7 in form; the process and its count, so that a trace can be read.
    func uuid() -> UUID {
        count += 1
        func byte(_ value: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> (8 * index)) }
        return UUID(
            uuid: (
                0, 0, byte(process, 1), byte(process, 0), 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, byte(count, 1), byte(count, 0)
            ))
    }

    func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) } }

    func fraction() -> Double { Double(chance.next() >> 11) * 0x1p-53 }
}
