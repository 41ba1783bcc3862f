import ANBCore

/// One row of an answer, read column by column from the left.
struct SQLRow {
    private let values: [SQLValue]
    private var column = 0

    init(_ values: [SQLValue]) { self.values = values }

    mutating func optionalText() throws -> String? {
        switch try next() {
        case .text(let text): text
        case .null: nil
        case let other: throw unexpected(other, "text")
        }
    }

    mutating func optionalInteger() throws -> Int64? {
        switch try next() {
        case .integer(let integer): integer
        case .null: nil
        case let other: throw unexpected(other, "an integer")
        }
    }

    mutating func real() throws -> Double {
        switch try next() {
        case .real(let real): real
        case .integer(let integer): Double(integer)
        case let other: throw unexpected(other, "a number")
        }
    }

    mutating func text() throws -> String { try present(optionalText()) }

    mutating func int64() throws -> Int64 { try present(optionalInteger()) }

    mutating func int() throws -> Int { Int(try int64()) }

    mutating func bool() throws -> Bool { try int64() != 0 }

    mutating func time() throws -> Timestamp { Timestamp(milliseconds: try int64()) }

    mutating func optionalTime() throws -> Timestamp? { try optionalInteger().map(Timestamp.init(milliseconds:)) }

    mutating func id<Entity>() throws -> Identifier<Entity> { try present(Identifier(text())) }

    mutating func key() throws -> ObjectKey { try ObjectKey(text()) }

    mutating func value<Value: RawRepresentable<String>>() throws -> Value { try present(Value(rawValue: text())) }

    private mutating func next() throws -> SQLValue {
        guard column < values.count else { throw ANBError.internal("a row has only \(values.count) columns") }
        column += 1
        return values[column - 1]
    }

    private func present<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw unexpected(values[column - 1], "\(Value.self)") }
        return value
    }

    private func unexpected(_ value: SQLValue, _ expected: String) -> ANBError {
        ANBError(
            .corrupted, "Something went wrong on our side. Please try again later.",
            operatorMessage: "column \(column) of a row holds \(value), expected \(expected)")
    }
}
