/// Watches a value encode itself and keeps the shape. An optional property shows itself by `encodeIfPresent`.
final class ShapeEncoder: Encoder {
    private enum Found {
        case nothing
        case value(Shape)
        case object(properties: [String: JSONValue], required: [JSONValue], example: [String: JSONValue])
        case list(schema: JSONValue, example: [JSONValue])
    }

    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let rename: (String) -> String
    private var found = Found.nothing

    init(rename: @escaping (String) -> String) { self.rename = rename }

    var shape: Shape {
        switch found {
        case .nothing: Shape(schema: ["type": "object"], example: [:])
        case .value(let shape): shape
        case .object(let properties, let required, let example):
            Shape(
                schema: ["type": "object", "properties": .object(properties), "required": .array(required)],
                example: .object(example))
        case .list(let schema, let example):
            Shape(schema: ["type": "array", "items": schema], example: .array(example))
        }
    }

    func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .nothing = found { found = .object(properties: [:], required: [], example: [:]) }
        return KeyedEncodingContainer(Members(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        found = .list(schema: [:], example: [])
        return Elements(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    private func addMember(_ key: any CodingKey, _ value: any Encodable, isRequired: Bool) throws {
        guard case .object(var properties, var required, var example) = found else { return }
        let (name, shape) = (rename(key.stringValue), try Shape(of: value, rename: rename))
        properties[name] = shape.schema
        example[name] = shape.example
        if isRequired { required.append(.string(name)) }
        found = .object(properties: properties, required: required, example: example)
    }

    private func addElement(_ value: any Encodable) throws {
        guard case .list(_, var example) = found else { return }
        let shape = try Shape(of: value, rename: rename)
        example.append(shape.example)
        found = .list(schema: shape.schema, example: example)
    }

    // MARK: - Containers

    private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: ShapeEncoder
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey _: Key) {}
        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            try encoder.addMember(key, value, isRequired: true)
        }
        func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try add(value, key) }
        // The protocol has defaults for these, which would pass for required properties.
        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try add(value, key) }
        func encodeIfPresent(_ value: String?, forKey key: Key) throws { try add(value, key) }
        func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try add(value, key) }
        func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try add(value, key) }
        func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try add(value, key) }

        private func add(_ value: (some Encodable)?, _ key: Key) throws {
            if let value { try encoder.addMember(key, value, isRequired: false) }
        }

        func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey _: Key) -> KeyedEncodingContainer<Nested> {
            ShapeEncoder(rename: encoder.rename).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey _: Key) -> any UnkeyedEncodingContainer {
            ShapeEncoder(rename: encoder.rename).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { encoder }
        func superEncoder(forKey _: Key) -> any Encoder { encoder }
    }

    private struct Elements: UnkeyedEncodingContainer {
        let encoder: ShapeEncoder
        var codingPath: [any CodingKey] { [] }
        private(set) var count = 0

        init(encoder: ShapeEncoder) { self.encoder = encoder }

        func encodeNil() {}
        mutating func encode<Value: Encodable>(_ value: Value) throws {
            count += 1
            try encoder.addElement(value)
        }
        func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            ShapeEncoder(rename: encoder.rename).container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            ShapeEncoder(rename: encoder.rename).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { encoder }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: ShapeEncoder
        var codingPath: [any CodingKey] { [] }

        func encodeNil() {}
        func encode<Value: Encodable>(_ value: Value) throws {
            encoder.found = .value(try Shape(of: value, rename: encoder.rename))
        }
    }
}
