import ANBAWS
import NIOCore
import Testing

@Suite struct MarkupReaderTests {
    private func parse(_ text: String) throws -> MarkupElement { try MarkupElement.parse(ByteBuffer(string: text)) }

    @Test func readsElementsTextAndReferences() throws {
        let root = try parse(
            """
            \u{FEFF}<?xml version="1.0"?><!-- a --><R xmlns="http://x/" a='>'>
              <K>a&amp;b&lt;&gt;&quot;&apos;&#65;&#x1F3AC;</K><K/><C><![CDATA[<raw>&amp;]]></C><!-- b --></R>
            """)
        #expect(root.name == "R")
        #expect(root.all("K").map(\.text) == ["a&b<>\"'A🎬", ""])
        #expect(root.text("C") == "<raw>&amp;")
        #expect(root["X"] == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a>&", "<a>&unknown;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a/><b/>", "<a b></a>",
        "<a b=c></a>", "<a b='></a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a><!DOCTYPE b></a>", "<a><![CDATA[x</a>",
        "< a></a>", "<a></a", "<!-- x", "<a>x",
    ])
    func refusesWhatIsNotWellFormed(_ text: String) {
        #expect(throws: MarkupError.self) { try parse(text) }
    }

    @Test func refusesDeepNesting() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        _ = try parse(nested(32))
        #expect(throws: MarkupError.self) { try parse(nested(33)) }
        #expect(throws: MarkupError.self) { try parse(nested(100_000)) }
    }

    @Test func everyPrefixOfADocumentIsRefused() throws {
        let text = #"<?xml version="1.0"?><R a="b"><K>a&amp;b</K><C><![CDATA[x]]></C></R>"#
        for count in 0..<text.utf8.count {
            #expect(throws: MarkupError.self) { try parse(String(text.prefix(count))) }
        }
        _ = try parse(text)
    }

    @Test func escapes() { #expect("<a & b>".xmlEscaped == "&lt;a &amp; b&gt;") }
}
