import ANBCore
import Foundation
import HTTPTypes

/// The OpenAPI 3.1 document of a list of routes, made from the routes themselves.
struct OpenAPIDocument: Sendable {
    /// Of the API, not of the program: it rises with what clients see.
    static let version = "0.1.0"
    private static let title = "ANB Rising Stars Showcase"

    let routes: [Route]
    let publicBaseURL: String?

    init(_ routes: [Route], publicBaseURL: String?) {
        self.routes = routes.filter { $0.operation != nil }
        self.publicBaseURL = publicBaseURL
    }

    /// The document as JSON.
    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(root)
    }

    private var root: JSONValue {
        [
            "openapi": "3.1.0",
            "info": ["title": .string(Self.title), "version": .string(Self.version), "description": .string(Self.summary)],
            "servers": [["url": .string(publicBaseURL ?? "/")]],
            "tags": .array(Operation.Chapter.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": paths,
            "components": [
                "schemas": .object(schemas),
                "securitySchemes": ["accessToken": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
            ],
        ]
    }

    private static let summary = """
        Players upload short videos, the public votes once per person and video, rankings decide. Times are RFC 3339 UTC. \
        Lists are arrays; a `Link` header leads to the next page. Every answer carries `x-correlation-id`. Refusals are \
        problem documents (RFC 9457) with a stable `code`. Everything below /api/auth answers below /auth and \
        /auth/api/v1 as well.
        """

    private var paths: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes { paths[route.templatePath, default: [:]][route.method.rawValue.lowercased()] = Self.item(route) }
        return .object(paths.mapValues(JSONValue.object))
    }

    /// Answers, bodies and problems under their names.
    private var schemas: [String: JSONValue] {
        var schemas: [String: JSONValue] = [Problem.documentName: (try? Shape(of: Problem.example).schema) ?? [:]]
        for route in routes {
            for body in route.operation?.bodies ?? [] { schemas[body.name ?? ""] = body.shape.schema }
            if let success = route.success, let name = success.name { schemas[name] = success.elementSchema }
        }
        return schemas
    }

    // MARK: - One operation

    private static func item(_ route: Route) -> JSONValue {
        guard let operation = route.operation else { return [:] }
        var item: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": [.string(operation.chapter.rawValue)], "responses": responses(route),
        ]
        let parameters = route.pathParameters.map(pathParameter) + operation.parameters.map(parameter)
        if !parameters.isEmpty { item["parameters"] = .array(parameters) }
        switch route.access {
        case .anyone: break
        case .signedIn: item["security"] = [["accessToken": []]]
        // OpenAPI 3.1 §4.8.30.1: the names are roles; one of the alternatives is enough.
        case .having(let roles): item["security"] = .array(roles.map { ["accessToken": [.string($0.rawValue)]] })
        }
        if !operation.bodies.isEmpty {
            item["requestBody"] = ["required": .bool(operation.needsBody), "content": content(operation.bodies)]
        }
        return .object(item)
    }

    private static func pathParameter(_ name: String) -> JSONValue {
        ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string", "format": "uuid"]]
    }

    private static func parameter(_ parameter: Operation.Parameter) -> JSONValue {
        let value: JSONValue = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.summary), "schema": parameter.schema,
        ]
        return parameter.isRequired ? value.adding(["required": true]) : value
    }

    private static func content(_ bodies: [Operation.Body]) -> JSONValue {
        .object(
            Dictionary(
                bodies.map { ($0.mediaType, ["schema": reference(to: $0.name ?? ""), "example": $0.shape.example]) }
            ) { $1 })
    }

    private static func reference(to name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func responses(_ route: Route) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for (status, codes) in Dictionary(grouping: route.refusals, by: \.status) {
            responses[String(status.code)] = refusal(status, codes)
        }
        if let success = route.success {
            for status in [success.status] + success.otherStatuses { responses[String(status.code)] = answer(success, status) }
        }
        return .object(responses)
    }

    private static func answer(_ success: Route.Success, _ status: HTTPResponse.Status) -> JSONValue {
        guard status != .noContent, status != .notModified, !success.mediaType.isEmpty else {
            return ["description": .string(status.reasonPhrase), "headers": headers]
        }
        var schema = success.shape.schema
        if let name = success.name {
            schema = success.isList ? ["type": "array", "items": reference(to: name)] : reference(to: name)
        }
        return [
            "description": .string(status.reasonPhrase), "headers": headers,
            "content": .object([success.mediaType: ["schema": schema, "example": success.shape.example]]),
        ]
    }

    private static func refusal(_ status: HTTPResponse.Status, _ codes: [ANBError.Code]) -> JSONValue {
        let names = Set(codes.map(\.rawValue)).sorted()
        let examples = names.map { name in
            let code = ANBError.Code(rawValue: name)
            let problem = Problem(status, detail: Problem.detail(for: code), code: code)
            return (name, ["value": (try? Shape(of: problem).example) ?? [:]] as JSONValue)
        }
        return [
            "description": .string("\(status.reasonPhrase): \(names.joined(separator: ", "))"), "headers": headers,
            "content": [
                "application/problem+json": [
                    "schema": reference(to: Problem.documentName), "examples": .object(Dictionary(examples) { $1 }),
                ]
            ],
        ]
    }

    private static let headers: JSONValue = [
        "x-correlation-id": ["description": "The request's own, or a new one.", "schema": ["type": "string"]]
    ]
}

extension Route {
    /// `/api/videos/{id}`
    var templatePath: String {
        path.split(separator: "/").map { $0.hasPrefix(":") ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
    }

    var pathParameters: [String] { path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) } }

    /// Every code the route may refuse with: what its operation names, and what follows from its form.
    var refusals: [ANBError.Code] {
        guard let operation else { return [] }
        var codes = operation.refusals + [.internal, .unavailable]
        if access.needsToken { codes.append(.unauthenticated) }
        if case .having = access { codes.append(.forbidden) }
        if !pathParameters.isEmpty { codes.append(.notFound) }
        if !operation.parameters.isEmpty { codes.append(.invalidRequest) }
        if !operation.bodies.isEmpty { codes += [.invalidRequest, .tooLarge, .requestTimeout] }
        return codes
    }
}

extension Route.Success {
    /// The schema that goes by ``name``.
    var elementSchema: JSONValue {
        guard isList, case .object(let members) = shape.schema else { return shape.schema }
        return members["items"] ?? [:]
    }
}

extension Problem: Documented {
    static var example: Problem {
        var problem = Problem(.badRequest, detail: detail(for: .mediaRejected), code: .mediaRejected)
        problem.failureCode = .notAVideo
        return problem
    }

    /// A detail such as clients get, for examples.
    static func detail(for code: ANBError.Code) -> String {
        switch code {
        case .invalidRequest: "limit must be a whole number between 1 and \(Limits.pageSizeMax)."
        case .unauthenticated: "Log in first: the header Authorization: Bearer <access token> is missing."
        case .forbidden: "This video belongs to someone else."
        case .notFound: "There is no such video."
        case .conflict: "You have already voted for this video."
        case .tooLarge: "The video is too large; at most 100 MB are allowed."
        case .rateLimited: "Too many requests. Please try again later."
        case .inProgress: "The same request is being done right now. Please try again in a few seconds."
        case .offsetMismatch: "The upload is at byte 8388608. Send the bytes from there on."
        case .checksumMismatch:
            "The bytes of this request do not have the announced checksum; they were not kept. Send them again."
        case .gone: "This upload was cancelled or has expired. Start a new one."
        case .unsupportedVersion: "The header Tus-Resumable must be \(Tus.version)."
        case .unsupportedMediaType: "Send the bytes with Content-Type: \(Tus.mediaType)."
        case .idempotencyMismatch: "This Idempotency-Key was used with another request. Use a new key."
        case .mediaRejected: "The file is no video that can be shown."
        case .requestTimeout: "The body of the request came too slowly."
        case .overloaded: "Too many uploads at the moment. Please try again in a few seconds."
        case .unavailable: "The service is temporarily unavailable. Please try again later."
        default: ownFault
        }
    }
}
