import ANBCore
import Foundation
import Testing

struct ObjectKeyTests {
    @Test(arguments: ["a", "a/b", "originals/0/x.mp4", "a.b-c_d=e", "...", "a/..b", String(repeating: "k", count: 1024)])
    func acceptsPlainKeys(_ text: String) throws {
        #expect(try ObjectKey(text).description == text)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a/.", "a b", "a\u{0}b", "ñ", "a\\b", "a?b", "a%2e",
        String(repeating: "k", count: 1025),
    ])
    func refusesWhatCouldLeaveARoot(_ text: String) {
        #expect(throws: ANBError.self) { try ObjectKey(text) }
    }

    @Test func ordersByBytes() throws {
        #expect(try ObjectKey("a-b") < ObjectKey("a/b"))
        #expect(try ObjectKey("Z") < ObjectKey("a"))
    }

    @Test func knowsItsVideo() throws {
        let id = VideoID(UUID())
        #expect(try ObjectKey("originals/\(id)/original.mov").videoID == id)
        #expect(try ObjectKey("processed/\(id)/1-ab/720p.mp4").videoID == id)
        #expect(try ObjectKey("other/\(id)/x").videoID == nil)
        #expect(try ObjectKey("originals/nonsense/x").videoID == nil)
    }
}
