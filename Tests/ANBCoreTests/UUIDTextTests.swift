import Foundation
import Testing

@testable import ANBCore

@Suite struct UUIDTextTests {
    @Test func itIsWhatFoundationWritesAndReads() {
        for _ in 0..<500 {
            let uuid = UUID()
            let text = uuid.uuidString.lowercased()
            #expect(UUIDText.make(uuid) == text)
            #expect(UUIDText.parse(text) == uuid)
            #expect(UUIDText.parse(uuid.uuidString) == uuid)
        }
    }

    @Test(arguments: [
        "", "0193", "01935a00-0000-7000-8000-00000000000", "01935a00-0000-7000-8000-0000000000000",
        "01935a00_0000-7000-8000-000000000000", "01935a0-00000-7000-8000-000000000000",
        "g1935a00-0000-7000-8000-000000000000", "+1935a00-0000-7000-8000-000000000000",
        "01935a00-0000-7000-8000-00000000000é", "0193５a00-0000-7000-8000-00000000000",
    ])
    func anythingElseIsNone(text: String) { #expect(UUIDText.parse(text) == nil) }

    @Test func identitiesCompareAsTheirTexts() {
        let ids = (0..<200).map { _ in VideoID(UUID()) }
        #expect(ids.sorted() == ids.sorted { $0.description < $1.description })
    }
}
