import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBPersistence

@Suite struct PublicationTextTests {
    @Test(arguments: [35, 30.5, 0.1, 1e-9, 12345678.9012345, 1e21]) func whatIsWrittenIsRead(seconds: Double) throws {
        let samples = Samples()
        var publication = try samples.publication(of: samples.ids.next())
        publication.durationSeconds = seconds
        for rendition in publication.renditions + publication.renditions { publication.renditions.append(rendition) }
        let json = try publication.json()
        #expect(PublicationText.read(json) == publication)
        #expect(try JSONDecoder().decode(Video.Publication.self, from: Data(json.utf8)) == publication)
    }

    /// The general decoder then decides.
    @Test func anythingElseIsLeftToTheDecoder() throws {
        let samples = Samples()
        let json = try samples.publication(of: samples.ids.next()).json()
        for cut in json.indices { #expect(PublicationText.read(String(json[..<cut])) == nil) }
        #expect(PublicationText.read(json + " ") == nil)
        #expect(PublicationText.read(json.replacing("thumbnailKey", with: "thumbnail")) == nil)
        #expect(PublicationText.read(json.replacing(#""key":""#, with: #""key":"\u0061"#)) == nil)
        #expect(PublicationText.read(json.replacing(#""key":""#, with: #""key":"../"#)) == nil)
        #expect(PublicationText.read(json.replacing(":", with: ": ")) == nil)
    }
}
