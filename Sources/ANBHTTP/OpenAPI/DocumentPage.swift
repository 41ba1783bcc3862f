import ANBCore
import Crypto
import Foundation
import HTTPTypes

/// The document as a page for people: chapters, operations, a `curl` line for each, examples, refusals. No script.
struct DocumentPage: Sendable {
    private let document: OpenAPIDocument

    init(_ document: OpenAPIDocument) { self.document = document }

    var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>API of the ANB Rising Stars Showcase</title><style>\(Self.style)</style></head>
        <body><header><h1>API of the ANB Rising Stars Showcase</h1>
        <p>Version \(OpenAPIDocument.version) · <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
        <p>Every operation has a line for <code>curl</code>. First say where the server is, and log in; 🔒 needs the token:</p>
        <pre>\(preparation.escaped)</pre></header>
        <main>\(Operation.Chapter.allCases.map(chapter).joined())</main></body></html>
        """
    }

    /// For a content security policy that allows this style and no other.
    var styleHash: String { "sha256-" + Data(SHA256.hash(data: Data(Self.style.utf8))).base64EncodedString() }

    /// What the lines of the operations stand on.
    private var preparation: String {
        """
        ANB=\(document.publicBaseURL ?? "http://127.0.0.1:8000")
        TOKEN=$(curl -s "$ANB\(AccountRoutes.prefix)/login" -H 'Content-Type: application/json' \\
          -d '\(Self.text((try? Shape(of: LoginBody.example).example) ?? [:]))' \\
          | python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])')
        """
    }

    private func chapter(_ chapter: Operation.Chapter) -> String {
        let routes = document.routes.filter { $0.operation?.chapter == chapter }
        guard !routes.isEmpty else { return "" }
        return "<h2>\(chapter.rawValue.escaped)</h2>" + routes.map(Self.operation).joined()
    }

    private static func operation(_ route: Route) -> String {
        guard let operation = route.operation else { return "" }
        return """
            <details id="\(operation.id)"><summary><b>\(route.method.rawValue)</b> <code>\(route.templatePath)</code>
            <span>\(operation.summary.escaped)\(route.access.needsToken ? " 🔒" : "")</span></summary>
            <pre>\(curl(route).escaped)</pre>\(parameters(operation))\(success(route))\(refusals(route))</details>
            """
    }

    /// A line for a shell that knows `ANB`, `TOKEN` and what the path names.
    static func curl(_ route: Route) -> String {
        var words = ["curl"]
        switch route.method {
        case .get: break
        case .head: words.append("-I")
        default: words.append("-X \(route.method.rawValue)")
        }
        if route.success?.mediaType == EventRoutes.mediaType { words.append("-N") }
        if route.access.needsToken { words.append("-H \"Authorization: Bearer $TOKEN\"") }
        for parameter in route.operation?.parameters ?? [] where parameter.place == .header && parameter.isRequired {
            words.append("-H '\(parameter.name): \(parameter.example)'")
        }
        switch route.operation?.bodies.first {
        case let body? where body.mediaType == "multipart/form-data": words.append("-F title='Triple' -F video_file=@clip.mp4")
        case let body? where body.mediaType == Tus.mediaType:
            words.append("-H 'Content-Type: \(body.mediaType)' --data-binary @part")
        case let body?: words.append("-H 'Content-Type: \(body.mediaType)' -d '\(text(body.shape.example))'")
        case nil: break
        }
        return (words + ["\"$ANB\(shellPath(route))\""]).joined(separator: " ")
    }

    /// `/api/videos/$VIDEO`: a parameter goes by the collection it is of.
    private static func shellPath(_ route: Route) -> String {
        var (path, collection) = ("", Substring())
        for segment in route.path.split(separator: "/") {
            path +=
                segment.hasPrefix(":")
                ? "/$\(collection.hasSuffix("s") ? collection.dropLast() : collection)".uppercased() : "/\(segment)"
            collection = segment
        }
        return path
    }

    private static func parameters(_ operation: Operation) -> String {
        guard !operation.parameters.isEmpty else { return "" }
        let rows = operation.parameters.map {
            "<tr><td><code>\($0.name.escaped)</code></td><td>\($0.place.rawValue)</td><td>\($0.summary.escaped)</td>"
                + "<td><code>\(text($0.schema).escaped)</code></td></tr>"
        }
        return "<table><caption>Parameters</caption>\(rows.joined())</table>"
    }

    private static func success(_ route: Route) -> String {
        guard let success = route.success else { return "" }
        return
            "<p>\(success.status.code) \(success.status.reasonPhrase.escaped)</p><pre>\(text(success.shape.example).escaped)</pre>"
    }

    private static func refusals(_ route: Route) -> String {
        let byStatus = Dictionary(grouping: Set(route.refusals), by: \.status.code).sorted { $0.key < $1.key }
        let rows = byStatus.map { status, codes in
            "<tr><td>\(status)</td><td><code>\(codes.map(\.rawValue).sorted().joined(separator: ", ").escaped)</code></td></tr>"
        }
        return "<table><caption>Refusals</caption>\(rows.joined())</table>"
    }

    private static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    }

    private static let style = """
        :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}
        details{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}summary{cursor:pointer}
        summary span{opacity:.75}pre{background:#8882;border-radius:.4rem;overflow:auto;padding:.6rem;white-space:pre-wrap}
        table{border-collapse:collapse;margin:.5rem 0;width:100%}caption{font-weight:600;text-align:left}
        td{border-top:1px solid #8884;padding:.25rem .5rem;vertical-align:top;overflow-wrap:anywhere}
        """
}

extension String {
    /// As text of an HTML element or attribute.
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
