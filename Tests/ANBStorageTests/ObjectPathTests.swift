import ANBCore
import Testing

@testable import ANBStorage

@Suite struct ObjectPathTests {
    private func path(_ key: String) throws -> String {
        let path = ObjectPath(try ObjectKey(key))
        return (path.folders + [path.file]).joined(separator: "/")
    }

    @Test func shortKeysStayReadable() throws {
        #expect(try path("a") == "a")
        #expect(try path("originals/1/clip.mp4") == "originals+/1+/clip.mp4")
    }

    @Test func longSegmentsAreCut() throws {
        let full = String(repeating: "k", count: 200)
        #expect(try path(full.dropLast() + "") == full.dropLast() + "")
        #expect(try path(full) == "\(full)~/~")
        #expect(try path(full + "x") == "\(full)~/x")
        #expect(try path(full + "/x") == "\(full)~/+/x")
        #expect(try path(full + full + "x/y") == "\(full)~/\(full)~/x+/y")
    }

    @Test func noNameIsTooLongForAFileSystem() throws {
        for count in [199, 200, 201, 400, 1024] {
            let path = ObjectPath(try ObjectKey(String(repeating: "k", count: count)))
            #expect((path.folders + [path.file]).allSatisfy { $0.utf8.count <= 255 })
        }
    }

    @Test(arguments: [EntryName.object("a"), .object(""), .folder("a"), .folder(""), .cut("a")])
    func namesReadBack(name: EntryName) { #expect(EntryName(name.text) == name) }

    @Test(arguments: ["", ".~writing", "a b", "a~b", "a+b+", "ü", "++"])
    func namesOfNoKeyAreNone(text: String) { #expect(EntryName(text) == nil || text.isEmpty) }
}
