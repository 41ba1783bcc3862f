import ANBCore
import Foundation
import HTTPTypes

/// The documented routes as a Postman collection (v2.1), which Bruno, Insomnia and Hoppscotch import too: a folder for each
/// chapter, each request with an example body, what may be left out switched off, the token of the last login, and the id of the
/// last upload.
struct RequestCollection: Sendable {
    private static let schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

    private let document: OpenAPIDocument

    init(_ document: OpenAPIDocument) { self.document = document }

    /// The collection as JSON.
    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(root)
    }

    private var root: JSONValue {
        [
            "info": ["name": "ANB Rising Stars Showcase", "schema": .string(Self.schema)],
            "item": .array(Operation.Chapter.allCases.compactMap(folder)),
            "auth": Self.bearer,
            "variable": [
                ["key": "baseUrl", "value": .string(document.publicBaseURL ?? "http://127.0.0.1:8000")],
                ["key": "token", "value": ""], ["key": "id", "value": ""],
            ],
        ]
    }

    private static let bearer: JSONValue = [
        "type": "bearer", "bearer": [["key": "token", "value": "{{token}}", "type": "string"]],
    ]

    private func folder(_ chapter: Operation.Chapter) -> JSONValue? {
        let routes = document.routes.filter { $0.operation?.chapter == chapter }
        guard !routes.isEmpty else { return nil }
        return ["name": .string(chapter.rawValue), "item": .array(routes.compactMap(Self.item))]
    }

    private static func item(_ route: Route) -> JSONValue? {
        guard let operation = route.operation else { return nil }
        var request: [String: JSONValue] = [
            "method": .string(route.method.rawValue), "url": url(route, operation),
            "description": .string(operation.summary), "header": headers(operation),
        ]
        if !route.access.needsToken { request["auth"] = ["type": "noauth"] }
        if let body = operation.bodies.first { request["body"] = self.body(body) }
        var item: [String: JSONValue] = ["name": .string(operation.id), "request": .object(request)]
        if let script = scripts[operation.id] { item["event"] = event(script) }
        return .object(item)
    }

    private static func url(_ route: Route, _ operation: Operation) -> JSONValue {
        let segments = route.path.split(separator: "/").map(String.init)
        let query = operation.parameters.filter { $0.place == .query }.map { parameter -> JSONValue in
            ["key": .string(parameter.name), "value": "", "description": .string(parameter.summary), "disabled": true]
        }
        var url: [String: JSONValue] = [
            "raw": .string("{{baseUrl}}" + route.path), "host": ["{{baseUrl}}"],
            "path": .array(segments.map(JSONValue.string)),
        ]
        if !query.isEmpty { url["query"] = .array(query) }
        let variables = route.pathParameters.map { ["key": .string($0), "value": .string("{{\($0)}}")] as JSONValue }
        if !variables.isEmpty { url["variable"] = .array(variables) }
        return .object(url)
    }

    private static func headers(_ operation: Operation) -> JSONValue {
        var headers: [JSONValue] = []
        // The boundary of a form is the client's to choose.
        if let body = operation.bodies.first, body.mediaType != "multipart/form-data" {
            headers.append(["key": "Content-Type", "value": .string(body.mediaType)])
        }
        for parameter in operation.parameters where parameter.place == .header {
            var header: [String: JSONValue] = ["key": .string(parameter.name), "description": .string(parameter.summary)]
            header["value"] = .string(parameter.isRequired ? parameter.example : "")
            if !parameter.isRequired { header["disabled"] = true }
            headers.append(.object(header))
        }
        return .array(headers)
    }

    private static func body(_ body: Operation.Body) -> JSONValue {
        if body.mediaType == Tus.mediaType { return ["mode": "file", "file": ["src": ""]] }
        guard body.mediaType == "multipart/form-data", case .object(let schema) = body.shape.schema,
            case .object(let properties) = schema["properties"], case .object(let example) = body.shape.example
        else { return ["mode": "raw", "raw": .string(text(body.shape.example)), "options": ["raw": ["language": "json"]]] }
        let fields = properties.keys.sorted().map { name -> JSONValue in
            guard let value = example[name] else { return ["key": .string(name), "type": "file", "src": ""] }
            return ["key": .string(name), "type": "text", "value": value]
        }
        return ["mode": "formdata", "formdata": .array(fields)]
    }

    private static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? encoder.encode(value)).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    }

    /// What an answer tells is what the next requests carry: the token, the video, the upload.
    private static let scripts = [
        "logIn": keeping("token", "access_token", of: 200), "refresh": keeping("token", "access_token", of: 200),
        "uploadVideo": keeping("id", "video_id", of: 202), "beginUpload": keeping("id", "upload_id", of: 201),
    ]

    private static func keeping(_ variable: String, _ field: String, of status: Int) -> String {
        "if (pm.response.code === \(status)) pm.collectionVariables.set('\(variable)', pm.response.json().\(field));"
    }

    private static func event(_ script: String) -> JSONValue {
        [["listen": "test", "script": ["type": "text/javascript", "exec": [.string(script)]]]]
    }
}
