import ANBCore
import Foundation

/// The form of a message on every queue.
extension JobMessage {
    /// The one schema that this version reads and writes.
    private static let schemaSupported = 1

    /// One line of JSON.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// - Throws: ``ANBError/Code/corrupted`` for anything that is no message of the supported schema.
    init(json: String) throws {
        do {
            self = try JSONDecoder().decode(JobMessage.self, from: Data(json.utf8))
        } catch {
            throw Self.refused("the body is no job message", cause: error)
        }
        guard schema == Self.schemaSupported else { throw Self.refused("schema \(schema) is not supported", cause: nil) }
    }

    private static func refused(_ reason: String, cause: (any Error)?) -> ANBError {
        ANBError(.corrupted, "The message cannot be read.", operatorMessage: reason, cause: cause)
    }
}
