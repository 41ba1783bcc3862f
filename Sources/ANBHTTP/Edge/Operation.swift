import ANBCore
import HTTPTypes

/// A value that stands in the API's document with an example.
protocol Documented: Encodable {
    /// Every optional property set, no list empty: the schema is read from it.
    static var example: Self { get }
    /// What the schema says of a property beyond its type, by the property's name on the wire.
    static var rules: [String: [String: JSONValue]] { get }
    /// Names on the wire that the example leaves out, because no answer has all at once.
    static var exampleOmits: Set<String> { get }
}

extension Documented {
    static var rules: [String: [String: JSONValue]] { [:] }
    static var exampleOmits: Set<String> { [] }
}

extension Array: Documented where Element: Documented {
    static var example: [Element] { [Element.example] }
}

/// What a route is for, as the API's document tells it.
struct Operation: Sendable {
    /// A chapter of the document.
    enum Chapter: String, CaseIterable {
        case accounts = "Accounts"
        case videos = "My videos"
        case uploads = "Uploads in parts"
        case showcase = "Showcase"
        case votes = "Votes"
        case moderation = "Moderation"
        case service = "Service"
    }

    /// A value in the query or a header.
    struct Parameter: Sendable {
        enum Place: String { case query, header }

        var place: Place
        var name: String
        var summary: String
        var schema: JSONValue
        var isRequired = false

        /// The request is refused without it.
        var required: Parameter {
            var copy = self
            copy.isRequired = true
            return copy
        }

        /// The only value, or one of many.
        var example: String {
            guard case .object(let schema) = schema else { return "" }
            switch schema["const"] ?? schema["example"] {
            case .string(let text): return text
            case .integer(let number): return String(number)
            default: return ""
            }
        }
    }

    /// What a request brings: a media type, a schema, an example.
    struct Body: Sendable {
        var mediaType: String
        /// `nil` for a schema that is used only here.
        var name: String?
        var shape: Shape
    }

    /// Unique, for generated clients.
    var id: String
    var chapter: Chapter
    var summary: String
    var parameters: [Parameter] = []
    /// More than one when the client may choose.
    var bodies: [Body] = []
    var needsBody = true
    /// Refusals beyond those that follow from the rest.
    var refusals: [ANBError.Code] = []

    init(_ id: String, _ chapter: Chapter, _ summary: String) {
        self.id = id
        self.chapter = chapter
        self.summary = summary
    }

    func with(_ parameters: Parameter...) -> Operation { changed { $0.parameters += parameters } }

    func refusing(_ codes: ANBError.Code...) -> Operation { changed { $0.refusals += codes } }

    /// The body may be left out.
    func withoutBodyToo() -> Operation { changed { $0.needsBody = false } }

    func taking(_ body: Body) -> Operation { changed { $0.bodies.append(body) } }

    /// A JSON body.
    func taking<Value: Documented>(_: Value.Type) -> Operation {
        // The examples are constants whose encoding a test runs.
        guard let shape = try? Shape(of: Value.example).adding(Value.rules) else { return self }
        return taking(Body(mediaType: "application/json", name: Value.documentName, shape: shape))
    }

    private func changed(_ change: (inout Operation) -> Void) -> Operation {
        var copy = self
        change(&copy)
        return copy
    }
}

extension Documented {
    /// The type's name without what all of its kind share.
    static var documentName: String {
        let name = String(describing: Self.self)
        return name.hasSuffix("Answer") ? String(name.dropLast(6)) : name
    }
}
