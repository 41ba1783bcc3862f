/// A header value with parameters, such as `form-data; name="title"; filename*=UTF-8''%C3%A9.mp4`.
struct HeaderValue: Hashable, Sendable {
    /// Before the first semicolon, in lower case.
    let value: String
    private var parameters: [String: String] = [:]

    /// - Returns: `nil` when the text has another form: a quote that does not end, a parameter without `=`.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        value = rest.cut(upTo: ";").trimming(while: \.isWhitespace).lowercased()
        while rest.popFirst() == ";" {
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { break }
            let name = rest.cut(upTo: "=").trimming(while: \.isWhitespace).lowercased()
            guard rest.popFirst() == "=", Self.isName(name), let value = Self.parameterValue(&rest) else { return nil }
            if parameters[name] == nil { parameters[name] = value }
        }
        if !rest.isEmpty { return nil }
    }

    /// A parameter; its RFC 5987 form (`name*`) goes before the plain one.
    subscript(name: String) -> String? {
        parameters[name + "*"].flatMap(Self.extended) ?? parameters[name]
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.*".contains($0)) }
    }

    private static func parameterValue(_ rest: inout Substring) -> String? {
        rest = rest.drop(while: \.isWhitespace)
        guard rest.first == "\"" else { return String(rest.cut(upTo: ";").trimming(while: \.isWhitespace)) }
        rest.removeFirst()
        guard let text = quoted(&rest) else { return nil }
        rest = rest.drop(while: \.isWhitespace)
        return rest.isEmpty || rest.first == ";" ? text : nil
    }

    /// Only quote and backslash are escaped in practice; a backslash before anything else is part of a Windows path.
    private static func quoted(_ rest: inout Substring) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            if character == "\"" { return text }
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                text.append(rest.removeFirst())
            } else {
                text.append(character)
            }
        }
        return nil
    }

    /// `UTF-8'language'percent-encoded`; other character sets are not read.
    private static func extended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).percentDecoded
    }
}

extension Substring {
    /// Takes everything before the character, or everything.
    fileprivate mutating func cut(upTo end: Character) -> Substring {
        let head = prefix { $0 != end }
        self = self[head.endIndex...]
        return head
    }
}
