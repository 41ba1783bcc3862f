import ANBCore

/// Reads publications exactly as ``Video/Publication/json()`` writes them: sorted keys, nothing to unescape. Lists read
/// hundreds of them, and a general decoder takes most of a list's time. Anything else is left to that decoder.
enum PublicationText {
    static func read(_ json: String) -> Video.Publication? {
        var text = Substring(json).utf8
        guard take("{\"durationSeconds\":", &text), let seconds = Double(Substring(number(&text))),
            take(",\"posterKey\":\"", &text), let poster = key(&text), take(",\"renditions\":[", &text)
        else { return nil }
        var renditions: [Video.Rendition] = []
        repeat {
            guard take("{\"byteCount\":", &text), let byteCount = Int64(Substring(number(&text))),
                take(",\"key\":\"", &text), let key = key(&text), take(",\"name\":\"", &text), let name = quoted(&text),
                take("}", &text)
            else { return nil }
            renditions.append(Video.Rendition(name: name, key: key, byteCount: byteCount))
        } while take(",", &text)
        guard take("],\"thumbnailKey\":\"", &text), let thumbnail = key(&text), take("}", &text), text.isEmpty else { return nil }
        return Video.Publication(
            renditions: renditions, thumbnailKey: thumbnail, posterKey: poster, durationSeconds: seconds)
    }

    private static func take(_ expected: StaticString, _ text: inout Substring.UTF8View) -> Bool {
        let count = expected.utf8CodeUnitCount
        let expected = UnsafeBufferPointer(start: expected.utf8Start, count: count)
        guard text.starts(with: expected) else { return false }
        text = text.dropFirst(count)
        return true
    }

    private static func number(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
        let number = text.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        text = text[number.endIndex...]
        return number
    }

    /// Up to the closing quotation mark; `nil` when something is escaped.
    private static func quoted(_ text: inout Substring.UTF8View) -> String? {
        let inside = text.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        text = text[inside.endIndex...]
        guard take("\"", &text) else { return nil }
        return String(Substring(inside))
    }

    private static func key(_ text: inout Substring.UTF8View) -> ObjectKey? {
        quoted(&text).flatMap { try? ObjectKey($0) }
    }
}
