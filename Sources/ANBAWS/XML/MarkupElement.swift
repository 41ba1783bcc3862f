package import NIOCore

/// An element of an XML document, read by a small reader for what services answer: elements, text and the five
/// named entities. A document type is refused, so nothing can be expanded.
package struct MarkupElement: Hashable, Sendable {
    package var name: String
    /// The text directly inside, white space around it kept.
    package var text = ""
    package var children: [MarkupElement] = []

    /// - Throws: ``MarkupError`` unless the bytes are one well-formed element.
    package static func parse(_ bytes: ByteBuffer) throws -> MarkupElement {
        var reader = MarkupReader(bytes.readableBytesView)
        return try reader.document()
    }

    /// The first child of that name.
    package subscript(_ name: String) -> MarkupElement? { children.first { $0.name == name } }

    /// Its text, if there is such a child.
    package func text(_ name: String) -> String? { self[name]?.text }

    package func all(_ name: String) -> [MarkupElement] { children.filter { $0.name == name } }
}

extension String {
    /// As the text of an XML element.
    package var xmlEscaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
