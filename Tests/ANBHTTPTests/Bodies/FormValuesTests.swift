import ANBCore
import ANBTesting
import Testing

@testable import ANBHTTP

@Suite struct FormValuesTests {
    @Test func pairsAreDecoded() throws {
        let values = try FormValues("city=Bogot%C3%A1+D.C.&a=1&a=2&empty=&flag&x=a=b")
        #expect(values["city"] == "Bogotá D.C.")
        #expect(values["a"] == "1")
        #expect(values["empty"] == "")
        #expect(values["flag"] == "")
        #expect(values["x"] == "a=b")
        #expect(values["missing"] == nil)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%C3=1", "a=%-1", "a=%+1"])
    func brokenEscapesAreRefused(text: String) async throws {
        try await expectError(.invalidRequest) { try FormValues(text) }
    }

    @Test func encodedIsReadBackTheSame() throws {
        let values = try FormValues("city=Bogot%C3%A1+D.C.&q=%26%3D%2B%25").merging(["limit": "5"])
        #expect(values.encoded == "city=Bogot%C3%A1%20D.C.&limit=5&q=%26%3D%2B%25")
        #expect(try FormValues(values.encoded) == values)
    }

    @Test(arguments: [
        ("", 20, 0), ("limit=1", 1, 0), ("limit=100&offset=7", 100, 7), ("offset=1000000000", 20, 1_000_000_000),
    ]) func pagesAreRead(text: String, limit: Int, offset: Int) throws {
        #expect(try FormValues(text).page() == Page(limit: limit, offset: offset))
    }

    @Test(arguments: [
        "limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=99999999999999999999", "limit=+",
        "limit=%D9%A3",
    ]) func aLimitOutOfRangeIsNamed(text: String) async throws {
        let error = try await expectError(.invalidRequest) { try FormValues(text).page() }
        #expect(error.userMessage.hasPrefix("limit "))
    }

    @Test(arguments: ["offset=-1", "offset=x", "offset=1000000001", "offset=9223372036854775807"])
    func anOffsetOutOfRangeIsNamed(text: String) async throws {
        let error = try await expectError(.invalidRequest) { try FormValues(text).page() }
        #expect(error.userMessage.hasPrefix("offset "))
    }

    @Test func citiesAreFolded() async throws {
        #expect(try FormValues("city=BOGOT%C3%81").cityKey() == "bogota")
        #expect(try FormValues("city=++").cityKey() == nil)
        #expect(try FormValues("").cityKey() == nil)
        try await expectError(.invalidRequest) {
            try FormValues("city=" + String(repeating: "x", count: 101)).cityKey()
        }
    }
}
