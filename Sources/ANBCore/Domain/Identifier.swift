public import Foundation

/// The identity of one `Entity`: a UUID that cannot be mistaken for another entity's.
///
/// The text form is the lowercase UUID; that is what clients, keys and rows carry.
public struct Identifier<Entity>: Hashable, Sendable {
    /// The 16 bytes.
    public let uuid: UUID

    /// The identity with these 16 bytes.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// - Parameter text: A UUID in its 36-character form, either case; anything else gives `nil`.
    public init?(_ text: String) {
        guard let uuid = UUIDText.parse(text) else { return nil }
        self.uuid = uuid
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String { UUIDText.make(uuid) }
}

extension Identifier: Comparable {
    /// As their texts compare.
    public static func < (left: Self, right: Self) -> Bool {
        withUnsafeBytes(of: left.uuid.uuid) { left in
            withUnsafeBytes(of: right.uuid.uuid) { left.lexicographicallyPrecedes($0) }
        }
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = Identifier(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID: \(text.prefix(64))")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A person with an account.
public typealias UserID = Identifier<User>
/// A login on one device.
public typealias SessionID = Identifier<Session>
/// A video, and the upload that it was.
public typealias VideoID = Identifier<Video>
/// A job in the ledger, and the task that clients ask about.
public typealias JobID = Identifier<Job>
