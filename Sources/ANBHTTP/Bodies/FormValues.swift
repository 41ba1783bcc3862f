import ANBCore

/// The pairs of a query or of an `application/x-www-form-urlencoded` body: `+` is a space, `%41` is a byte.
struct FormValues: Hashable, Sendable {
    private var values: [String: String]

    init(_ values: [String: String] = [:]) { self.values = values }

    /// - Parameter text: The first of several values of one name counts.
    /// - Throws: ``ANBError/Code/invalidRequest`` when an escape is broken or the bytes are no UTF-8.
    init(_ text: String) throws {
        values = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(sides[0])
            let value = try sides.count == 2 ? Self.decode(sides[1]) : ""
            if values[name] == nil { values[name] = value }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// With `others` in place of the values of the same names.
    func merging(_ others: [String: String]) -> FormValues {
        var merged = self
        merged.values.merge(others) { $1 }
        return merged
    }

    /// As a query again, in the order of the names.
    var encoded: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key.percentEncoded)=\($0.value.percentEncoded)" }
            .joined(separator: "&")
    }

    /// A whole number within a range.
    /// - Throws: ``ANBError/Code/invalidRequest`` naming the parameter.
    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = values[name] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw ANBError(
                .invalidRequest, "\(name) must be a whole number between \(range.lowerBound) and \(range.upperBound).")
        }
        return number
    }

    private static func decode(_ text: Substring) throws -> String {
        guard let text = String(text.replacing("+", with: " ")).percentDecoded else {
            throw ANBError(.invalidRequest, "The parameters are not properly percent-encoded.")
        }
        return text
    }
}

extension FormValues {
    /// Far beyond any list, and far from where adding to it would overflow.
    static let offsetMax = 1_000_000_000

    /// `limit` and `offset`.
    /// - Parameter limit: When the request has none.
    func page(limit: Int = Page().limit) throws -> Page {
        Page(
            limit: try integer("limit", default: limit, in: 1...Limits.pageSizeMax),
            offset: try integer("offset", default: 0, in: 0...Self.offsetMax))
    }

    /// The city to filter by; `nil` is every city.
    func cityKey() throws -> String? {
        guard let text = values["city"] else { return nil }
        guard text.count <= Limits.nameCharactersMax else {
            throw ANBError(.invalidRequest, "city must have at most \(Limits.nameCharactersMax) characters.")
        }
        let key = City(text).key
        return key.isEmpty ? nil : key
    }
}
