/// Bytes that are not an XML document this reader takes.
package struct MarkupError: Error, CustomStringConvertible {
    package let description: String
}

/// Reads one document. What nests deeper than ``depthMax`` is refused.
struct MarkupReader {
    static let depthMax = 32

    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    mutating func document() throws -> MarkupElement {
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        try skipBetweenElements()
        let root = try element(depth: 1)
        try skipBetweenElements()
        guard rest.isEmpty else { throw fail("there is something after the end") }
        return root
    }

    /// White space, comments and processing instructions, the XML declaration among them.
    private mutating func skipBetweenElements() throws {
        while true {
            rest = rest.drop { Self.isSpace($0) }
            if takes("<?") { _ = try text(until: "?>") } else if takes("<!--") { _ = try text(until: "-->") } else { return }
        }
    }

    private mutating func element(depth: Int) throws -> MarkupElement {
        guard depth <= Self.depthMax else { throw fail("elements are nested too deeply") }
        guard takes("<") else { throw fail("an element is missing") }
        var element = MarkupElement(name: try name())
        if try skipAttributes() { return element }
        while !takes("</") {
            if takes("<![CDATA[") {
                element.text += String(decoding: try text(until: "]]>"), as: UTF8.self)
            } else if takes("<!--") {
                _ = try text(until: "-->")
            } else if rest.first == UInt8(ascii: "<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                element.text += try characters()
            }
        }
        guard try name() == element.name else { throw fail("\(element.name) is not closed") }
        rest = rest.drop { Self.isSpace($0) }
        guard takes(">") else { throw fail("a closing tag does not end") }
        return element
    }

    /// - Returns: Whether the tag closes itself.
    private mutating func skipAttributes() throws -> Bool {
        while true {
            rest = rest.drop { Self.isSpace($0) }
            if takes("/>") { return true }
            if takes(">") { return false }
            _ = try name()
            guard takes("="), let quote = rest.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let end = rest.firstIndex(of: quote)
            else { throw fail("an attribute is broken") }
            rest = rest[(end + 1)...]
        }
    }

    private mutating func name() throws -> String {
        let name = rest.prefix { Self.isNamePart($0) }
        guard !name.isEmpty else { throw fail("a name is missing") }
        rest = rest.dropFirst(name.count)
        return String(decoding: name, as: UTF8.self)
    }

    /// Text up to the next tag, its references resolved.
    private mutating func characters() throws -> String {
        let plain = rest.prefix { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "&") }
        rest = rest.dropFirst(plain.count)
        var text = String(decoding: plain, as: UTF8.self)
        if takes("&") { text.unicodeScalars.append(try reference()) }
        guard !rest.isEmpty else { throw fail("the document ends early") }
        return text
    }

    private mutating func reference() throws -> Unicode.Scalar {
        let longest = 10
        guard let end = rest.prefix(longest).firstIndex(of: UInt8(ascii: ";")) else { throw fail("a reference does not end") }
        let name = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 1)...]
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
        guard name.hasPrefix("#"), let scalar = number.flatMap(Unicode.Scalar.init), Self.isAllowed(scalar) else {
            throw fail("&\(name); is unknown")
        }
        return scalar
    }

    private mutating func text(until end: String) throws -> ArraySlice<UInt8> {
        let end = Array(end.utf8)
        var index = rest.startIndex
        while index + end.count <= rest.endIndex {
            if rest[index...].starts(with: end) {
                defer { rest = rest[(index + end.count)...] }
                return rest[..<index]
            }
            index += 1
        }
        throw fail("the document ends early")
    }

    private mutating func takes(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private func fail(_ reason: String) -> MarkupError { MarkupError(description: "not well-formed XML: \(reason)") }

    /// XML 1.0 has no control characters but these.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x20 || "\t\n\r".unicodeScalars.contains(scalar) }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "-_.:".utf8.contains(byte)
        }
    }
}
