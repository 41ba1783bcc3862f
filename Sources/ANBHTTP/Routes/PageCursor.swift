import ANBCore
import Foundation

/// Where a page of public videos ended, as an opaque text: it stays right while videos come and go before it.
struct PageCursor: Hashable, Sendable {
    let sort: PublicVideoQuery.Sort
    let position: PublicVideoQuery.Position

    init(after video: Video, sort: PublicVideoQuery.Sort) {
        self.sort = sort
        let at = sort == .votes ? video.votesReachedAt : video.processedAt ?? video.uploadedAt
        position = PublicVideoQuery.Position(votes: video.votes, at: at, id: video.id)
    }

    /// - Throws: ``ANBError/Code/invalidRequest`` when this server did not make the text for this order.
    init(_ text: String, sort: PublicVideoQuery.Sort) throws {
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        let parts = Data(base64Encoded: base64 + padding).flatMap { String(validating: $0, as: UTF8.self) }?
            .split(separator: " ")
        guard let parts, parts.count == 4, parts[0] == sort.rawValue, let votes = Int(parts[1]),
            let milliseconds = Int64(parts[2]), let id = VideoID(String(parts[3]))
        else {
            throw ANBError(.invalidRequest, "cursor is not valid for this list; start again without it.")
        }
        self.sort = sort
        position = PublicVideoQuery.Position(votes: votes, at: Timestamp(milliseconds: milliseconds), id: id)
    }

    var text: String {
        Data("\(sort.rawValue) \(position.votes) \(position.at.milliseconds) \(position.id)".utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
