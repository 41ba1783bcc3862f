import Testing

@testable import ANBHTTP

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-", 0..<10), ("bytes=3-5", 3..<6), ("Bytes= 3 - 5 ", 3..<6), ("bytes=9-9", 9..<10),
        ("bytes=5-99", 5..<10), ("bytes=-3", 7..<10), ("bytes=-99", 0..<10), ("bytes=2-99999999999999999999", 2..<10),
        ("bytes=-99999999999999999999", 0..<10),
    ]) func partsOfTenBytes(header: String, part: Range<Int>) {
        #expect(ByteRange(header, byteCount: 10) == .part(Int64(part.lowerBound)..<Int64(part.upperBound)))
    }

    @Test(arguments: ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"])
    func outsideIsUnsatisfiable(header: String) {
        #expect(ByteRange(header, byteCount: 10) == .unsatisfiable)
    }

    @Test(arguments: ["bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=0-1,3-4", "items=0-1", "bytes=+1-2", "bytes=1--2"])
    func nonsenseIsIgnored(header: String) {
        #expect(ByteRange(header, byteCount: 10) == .everything)
    }

    @Test func anEmptyObjectHasNoParts() {
        #expect(ByteRange("bytes=0-", byteCount: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-5", byteCount: 0) == .unsatisfiable)
        #expect(ByteRange(nil, byteCount: 0) == .everything)
    }
}
