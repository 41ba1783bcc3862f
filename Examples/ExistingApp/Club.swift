import ANBCore
import Foundation
import Synchronization

/// The application that was here before: members, and the keys by which it knows them.
final class Club: Sendable {
    struct Member {
        let id: UUID
        let name: String
        let email: String
    }

    private let members = Mutex<[String: Member]>([:])

    /// - Returns: The key with which the member comes back.
    func join(_ name: String) -> String {
        let key = UUID().uuidString
        members.withLock { $0[key] = Member(id: UUID(), name: name, email: "\(name.lowercased())@club.example") }
        return key
    }

    func member(withKey key: String?) -> Member? { key.flatMap { key in members.withLock { $0[key] } } }
}
