import HTTPTypes

/// Which methods each path pattern has.
struct RouteTable: Sendable {
    private struct Entry {
        var segments: [Substring]
        var method: HTTPRequest.Method

        var literalCount: Int { segments.count { !$0.hasPrefix(":") } }
    }

    private let entries: [Entry]

    init(_ routes: [Route]) {
        entries = routes.map { Entry(segments: $0.path.split(separator: "/"), method: $0.method) }
    }

    /// The methods of a path as the header `Allow` lists them; `nil` when there is no such path.
    func allow(_ path: String) -> String? {
        let segments = path.split(separator: "/")
        let matching = entries.filter { Self.matches($0.segments, segments) }
        // The router prefers a literal segment to a parameter, so only the most literal patterns count.
        let literals = matching.map(\.literalCount).max()
        var methods = Set(matching.filter { $0.literalCount == literals }.map(\.method.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.isEmpty ? nil : methods.sorted().joined(separator: ", ")
    }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        if pattern.last == "**" {
            return path.count >= pattern.count && zip(pattern.dropLast(), path).allSatisfy(matches)
        }
        return pattern.count == path.count && zip(pattern, path).allSatisfy(matches)
    }

    private static func matches(_ pattern: Substring, _ segment: Substring) -> Bool {
        pattern.hasPrefix(":") || pattern == segment
    }
}
