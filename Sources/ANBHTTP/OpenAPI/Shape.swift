import ANBCore

/// The JSON schema of a type and an example of it, both learned from how a full value encodes itself: what is documented
/// is what goes over the wire.
struct Shape: Hashable, Sendable {
    var schema: JSONValue
    var example: JSONValue

    init(schema: JSONValue, example: JSONValue) {
        self.schema = schema
        self.example = example
    }

    /// - Parameters:
    ///   - value: With every optional property set and no list empty; what is missing is not in the schema.
    ///   - rename: From a property's coding key to its name on the wire.
    init(of value: any Encodable, rename: @escaping (String) -> String = { $0 }) throws {
        if let scalar = Self(scalar: value) {
            self = scalar
        } else {
            let encoder = ShapeEncoder(rename: rename)
            try value.encode(to: encoder)
            self = encoder.shape
        }
    }

    /// With more said of some properties.
    func adding(_ rules: [String: [String: JSONValue]]) -> Shape {
        guard case .object(let schema) = self.schema, case .object(var properties) = schema["properties"] else { return self }
        for (name, rule) in rules { properties[name] = properties[name]?.adding(rule) }
        return Shape(schema: self.schema.adding(["properties": .object(properties)]), example: example)
    }

    /// The same schema, with an example that lacks some properties.
    func showing(without names: Set<String>) -> Shape {
        guard case .object(let members) = example else { return self }
        return Shape(schema: schema, example: .object(members.filter { !names.contains($0.key) }))
    }

    private init?(scalar value: any Encodable) {
        switch value {
        case let value as any UUIDText: self.init(schema: ["type": "string", "format": "uuid"], example: .string("\(value)"))
        case let value as any RawRepresentable<String>:
            var schema: JSONValue = ["type": "string"]
            if let names = Self.names(type(of: value)) { schema = schema.adding(["enum": .array(names)]) }
            self.init(schema: schema, example: .string(value.rawValue))
        case let value as String: self.init(schema: ["type": "string"], example: .string(value))
        case let value as Bool: self.init(schema: ["type": "boolean"], example: .bool(value))
        case let value as any BinaryInteger: self.init(schema: ["type": "integer"], example: .integer(Int64(value)))
        case let value as Double: self.init(schema: ["type": "number"], example: .number(value))
        case let value as [String: String]:
            self.init(
                schema: ["type": "object", "additionalProperties": ["type": "string"]],
                example: .object(value.mapValues(JSONValue.string)))
        default: return nil
        }
    }

    private static func names(_ type: Any.Type) -> [JSONValue]? {
        guard let type = type as? any CaseIterable.Type else { return nil }
        return allNames(type)
    }

    private static func allNames<Value: CaseIterable>(_: Value.Type) -> [JSONValue] {
        Value.allCases.compactMap { ($0 as? any RawRepresentable<String>).map { .string($0.rawValue) } }
    }
}

/// A value whose description is a UUID.
protocol UUIDText {}
extension Identifier: UUIDText {}
