import ANBCore
import ANBStorage
import ANBTesting
import Foundation
import Testing

@Suite struct DiskSpaceTests {
    @Test func tooLittleRoomIsUnavailable() async throws {
        let path = FileManager.default.temporaryDirectory.path
        let free = try await DiskSpace(path: path).freeBytes()
        #expect(free > 0)
        try await DiskSpace(path: path, freeBytesMin: 0).check()
        // Others write meanwhile, so the edge is not exact.
        let error = try await expectError(.unavailable) { try await DiskSpace(path: path, freeBytesMin: free * 2).check() }
        #expect(error.operatorMessage.contains(path))
    }

    @Test func aFolderThatIsNotThereIsUnavailable() async throws {
        try await expectError(.unavailable) { try await DiskSpace(path: "/nowhere").check() }
    }
}
