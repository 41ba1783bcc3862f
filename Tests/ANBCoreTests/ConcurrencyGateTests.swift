import ANBTesting
import Foundation
import Testing

@testable import ANBCore

struct ConcurrencyGateTests {
    @Test func oneAccountLeavesRoomForOthersAndSlotsComeBack() async throws {
        let gate = ConcurrencyGate(slots: 2, slotsPerUser: 1)
        let (ana, luis, marta) = (UserID(UUID()), UserID(UUID()), UserID(UUID()))
        try await gate.withSlot(for: ana) {
            _ = try await expectError(.overloaded) { try await gate.withSlot(for: ana) {} }
            try await gate.withSlot(for: luis) {
                _ = try await expectError(.overloaded) { try await gate.withSlot(for: marta) {} }
            }
        }
        try await expectError(.notFound) { try await gate.withSlot(for: ana) { throw ANBError(.notFound, "a body that fails") } }
        try await gate.withSlot(for: ana) {}
    }
}
