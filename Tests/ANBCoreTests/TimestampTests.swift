import ANBCore
import Foundation
import Testing

struct TimestampTests {
    @Test func printsRFC3339() {
        #expect(Timestamp(milliseconds: 1_763_724_720_042).description == "2025-11-21T11:32:00.042Z")
    }

    @Test func printsWhatFoundationPrints() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        // Whole seconds: Foundation's fractions are those of binary numbers. From 1590 on: its years before 1582 are Julian.
        var times: [Int64] = [0, -1000, 951_782_399_000, 951_782_400_000, 4_107_542_399_000]
        for index in 0..<500 { times.append((Int64(index) * 97_654_321_987 % 250_000_000_000 - 12_000_000_000) * 1000) }
        for time in times {
            let time = Timestamp(milliseconds: time)
            #expect(time.description == time.date.formatted(style))
        }
        #expect(Timestamp(milliseconds: -62_135_596_800_000).description == "0001-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
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
