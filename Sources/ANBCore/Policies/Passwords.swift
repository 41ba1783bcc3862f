import Foundation

/// Passwords as they are hashed: in the form NFKC, so that one typed on another keyboard or system is the same.
struct Passwords: Sendable {
    enum Match: Sendable {
        case none, exact
        /// The hash is of the text as it was typed, from before passwords had one form.
        case asTyped
    }

    let hasher: any PasswordHasher

    /// The one form of a password.
    static func normalised(_ password: String) -> String { password.precomposedStringWithCompatibilityMapping }

    func hash(_ password: String) async throws -> String { try await hasher.hash(Self.normalised(password)) }

    /// - Parameter hash: `nil` for an unknown account: the same work is done and nothing matches.
    func match(_ password: String, _ hash: String?) async throws -> Match {
        let acceptable = password.utf8.count <= Limits.passwordBytesMax
        let normal = acceptable ? Self.normalised(password) : ""
        if try await hasher.verify(normal, against: hash) { return acceptable ? .exact : .none }
        // Texts of different bytes may be equal to Swift.
        guard acceptable, !normal.utf8.elementsEqual(password.utf8) else { return .none }
        return try await hasher.verify(password, against: hash) ? .asTyped : .none
    }
}
