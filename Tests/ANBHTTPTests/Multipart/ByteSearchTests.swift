import ANBTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct ByteSearchTests {
    /// Against the plainest search, over an alphabet small enough for many near misses.
    @Test(arguments: 1...200) func itFindsWhatANaiveSearchFinds(seed: Int) {
        let ids = SequentialIDs(seed: UInt64(seed))
        func text(_ count: Int) -> String { String((0..<count).map { _ in ids.fraction() < 0.5 ? "a" : "b" }) }
        let pattern = text(1 + Int(ids.fraction() * 6))
        let bytes = Array(text(Int(ids.fraction() * 60)).utf8)
        let naive = bytes.indices.first { bytes[$0...].starts(with: pattern.utf8) }
        #expect(ByteSearch(for: pattern).firstOffset(in: ByteBuffer(bytes: bytes).readableBytesView) == naive)
    }
}
