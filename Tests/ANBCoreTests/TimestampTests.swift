import ANBCore
import Foundation
import Testing

struct TimestampTests {
    @Test func printsRFC3339() {
        #expect(Timestamp(milliseconds: 1_763_724_720_042).description == "2025-11-21T11:32:00.042Z")
    }

    @Test func countsInMilliseconds() {
        let start = Timestamp(milliseconds: 1000)
        #expect((start + .milliseconds(1500)).milliseconds == 2500)
        #expect(start + .milliseconds(1500) - start == .milliseconds(1500))
        #expect((start - .seconds(2)).milliseconds == -1000)
        #expect((start - .seconds(2)).seconds == -1)
    }

    @Test func laterIDsSortLater() {
        let ids = SystemIDs()
        let uuid = ids.uuid()
        #expect(uuid.uuidString.dropFirst(14).first == "7")
        #expect("89AB".contains(uuid.uuidString.dropFirst(19).prefix(1)))
        #expect(VideoID(uuid.uuidString)?.description == uuid.uuidString.lowercased())
        #expect(VideoID("not-a-uuid") == nil)
    }
}
