/// The page's HTML for one address: the same shell everywhere, with a head that links and previews are made from.
struct PageDocument {
    /// Places in the file.
    private static let (headPlace, assetsPlace) = ("<!-- head -->", "/assets/version/")

    /// What a shared link shows.
    struct Preview {
        var title: String
        var player: String
        var city: String
        /// Absolute.
        var url: String
        /// Absolute.
        var posterURL: String
    }

    var files: PageFiles
    /// Of ``PageRules``.
    var rulesJSON: String
    var preview: Preview?
    /// Whether there is something at the address.
    var isFound = true

    var html: String {
        files.document
            .replacing(Self.assetsPlace, with: "/assets/\(files.version)/")
            .replacing(Self.headPlace, with: head)
    }

    private var head: String {
        let title = preview.map { "\($0.title) · \($0.player)" } ?? Self.siteName
        var lines = ["<title>\(title.escapedForHTML)</title>", Self.meta(name: "anb-rules", rulesJSON)]
        lines += preview.map(Self.tags) ?? [Self.meta(property: "og:title", Self.siteName)]
        lines.append(Self.meta(property: "og:site_name", Self.siteName))
        if !isFound { lines.append(Self.meta(name: "robots", "noindex")) }
        return lines.joined(separator: "\n")
    }

    private static let siteName = "ANB Rising Stars Showcase"

    private static func tags(_ preview: Preview) -> [String] {
        [
            meta(property: "og:type", "video.other"),
            meta(property: "og:title", preview.title),
            meta(property: "og:description", "\(preview.player) · \(preview.city)"),
            meta(name: "description", "\(preview.title) · \(preview.player) · \(preview.city)"),
            meta(property: "og:url", preview.url),
            meta(property: "og:image", preview.posterURL),
            meta(property: "og:image:type", "image/jpeg"),
            meta(name: "twitter:card", "summary_large_image"),
        ]
    }

    private static func meta(name: String, _ content: String) -> String {
        "<meta name=\"\(name)\" content=\"\(content.escapedForHTML)\">"
    }

    private static func meta(property: String, _ content: String) -> String {
        "<meta property=\"\(property)\" content=\"\(content.escapedForHTML)\">"
    }
}

extension String {
    /// Safe as text and inside quoted attributes. By scalars: a quote with a combining mark is one character, but still
    /// a quote to a browser.
    fileprivate var escapedForHTML: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
