import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBHTTP

@Suite struct PageCursorTests {
    @Test(arguments: PublicVideoQuery.Sort.allCases) func itIsReadBackTheSame(sort: PublicVideoQuery.Sort) throws {
        var video = try Samples().video(of: SequentialIDs().next())
        (video.votes, video.processedAt) = (7, video.uploadedAt + .seconds(9))
        video.votesReachedAt = video.uploadedAt + .seconds(99)
        let cursor = PageCursor(after: video, sort: sort)
        #expect(try PageCursor(cursor.text, sort: sort) == cursor)
        #expect(cursor.position.at == (sort == .votes ? video.votesReachedAt : video.processedAt))
        #expect(cursor.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    }

    @Test(arguments: ["", "x", "****", Data("votes 1 2 3".utf8).base64EncodedString(), Data([0xFF]).base64EncodedString()])
    func othersAreRefused(text: String) async throws {
        try await expectError(.invalidRequest) { try PageCursor(text, sort: .votes) }
    }

    @Test func aCursorOfAnotherOrderIsRefused() async throws {
        let video = try Samples().video(of: SequentialIDs().next())
        let text = PageCursor(after: video, sort: .new).text
        try await expectError(.invalidRequest) { try PageCursor(text, sort: .votes) }
    }
}
