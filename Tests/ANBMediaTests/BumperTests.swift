import ANBCore
import ANBTesting
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ANBMedia

/// Bumpers are encoded once, and joined only where every seam fits.
@Suite struct BumperTests {
    private static let small = [MediaRecipe.Rendition(name: "small", width: 320, height: 180, constantRateFactor: 30)]

    /// Counts the children an engine starts.
    private final class Children: Sendable {
        private let started = Mutex(0)
        var count: Int { started.withLock { $0 } }
        func add() { started.withLock { $0 += 1 } }
    }

    private func engine(_ children: Children, directory: String?) throws -> ChildProcessMediaEngine {
        ChildProcessMediaEngine(executable: try BuiltProducts.path(of: "anb-worker"), bumperDirectory: directory) { _ in
            children.add()
        }
    }

    @Test(arguments: [true, false])
    func laterJobsCopyWhatTheFirstOneEncoded(lasting: Bool) async throws {
        let cache = try TemporaryFolder()
        let children = Children()
        let engine = try engine(children, directory: lasting ? cache.path : nil)
        var studio = try await Studio(engine: engine)
        studio.recipe.renditions = Self.small
        let path = try await Clip.plain.path()
        _ = try await studio.transcode(path)
        #expect(children.count == 2, "one child for the bumpers, one for the video")
        let first = try Data(contentsOf: studio.folder.url("small.mp4"))
        _ = try await studio.transcode(path)
        #expect(children.count == 3)
        #expect(try Data(contentsOf: studio.folder.url("small.mp4")) == first)
        #expect(try cache.contents.count == (lasting ? 1 : 0))
        #expect(try await studio.judge("small.mp4").complaints() == "")

        // Another process finds them only where they last.
        let other = try self.engine(children, directory: lasting ? cache.path : nil)
        var second = try await Studio(engine: other)
        second.recipe.renditions = Self.small
        _ = try await second.transcode(path)
        #expect(children.count == (lasting ? 4 : 5))

        // Another size is another setting.
        second.recipe.renditions[0].constantRateFactor = 31
        let before = children.count
        _ = try await second.transcode(path)
        #expect(children.count == before + 2)
    }

    @Test func aReplacedFileIsEncodedAnew() async throws {
        let children = Children()
        var studio = try await Studio(engine: try engine(children, directory: nil))
        studio.recipe.renditions = Self.small
        let purple = try await Clip.bumper.bytes()
        let intro = try studio.folder.file("intro-source.mp4", purple)
        studio.recipe.introPath = intro
        let path = try await Clip.plain.path()
        _ = try await studio.transcode(path)
        let lime = try await Clip("-f lavfi -i color=lime:s=320x180:r=30:d=0.2 \(Clip.x264)").bytes()
        try Data(lime).write(to: URL(fileURLWithPath: intro))
        _ = try await studio.transcode(path)
        let picture = try await studio.judge("small.mp4").picture(frame: 2)
        #expect(picture.pixel(160, 90).isNear(.green), "\(picture.pixel(160, 90))")
    }

    /// What lies in the cache folder is not what it should be: the video is made all the same, from the assets.
    @Test func aBrokenCacheCostsTimeOnly() async throws {
        let cache = try TemporaryFolder()
        let children = Children()
        var studio = try await Studio(engine: try engine(children, directory: cache.path))
        studio.recipe.renditions = Self.small
        let path = try await Clip.plain.path()
        _ = try await studio.transcode(path)
        let entry = cache.url(try #require(try cache.contents.first))
        try Data(try await Clip.quadrants.bytes()).write(to: entry.appending(path: "intro-small.mp4"))
        try Data("rubbish".utf8).write(to: entry.appending(path: "outro-small.mp4"))
        studio = try await Studio(engine: try engine(children, directory: cache.path))
        studio.recipe.renditions = Self.small
        let report = try await studio.transcode(path)
        #expect(report.renditions[0].frames == 60 + 2 * Studio.bumperFrames)
        #expect(try await studio.judge("small.mp4").complaints() == "")
        #expect(try await studio.judge("small.mp4").report().streams[0].nb_read_frames == "\(60 + 2 * Studio.bumperFrames)")
    }

    /// Bumpers may be joined with every clip only because of this; otherwise they would be encoded again each time.
    @Test func allContentsHaveTheSameParameterSets() throws {
        for rendition in MediaRecipe().renditions {
            let configurations = try RenditionEncoder.Content.allCases.map {
                try RenditionEncoder(rendition, framesPerSecond: 30, threads: 1, content: $0).configuration
            }
            #expect(configurations.allSatisfy { $0 == configurations[0] }, "\(configurations)")
        }
    }

    @Test func aSegmentMustFitTheEncoder() async throws {
        var studio = try await Studio()
        studio.recipe.renditions = Self.small
        let report = try await studio.transcode(try await Clip.plain.path())
        let file = try OpenFile(reading: report.renditions[0].path)
        let interruption = Interruption(secondsMax: 60)
        func frames(_ rendition: MediaRecipe.Rendition, rate: Int = 30, max: Int = 100) throws -> Int? {
            let encoder = try RenditionEncoder(rendition, framesPerSecond: rate, threads: 1)
            return try CodedSegment(
                descriptor: file.descriptor, fitting: encoder, framesMax: max, interruption: interruption)?.frames
        }
        #expect(try frames(Self.small[0]) == 72)
        #expect(try frames(Self.small[0], max: 71) == nil, "too long")
        #expect(try frames(Self.small[0], rate: 25) == nil, "another rate")
        #expect(try frames(MediaRecipe.Rendition(name: "small", width: 320, height: 176, constantRateFactor: 30)) == nil)
        #expect(
            try frames(MediaRecipe.Rendition(name: "small", width: 320, height: 180, constantRateFactor: 20)) == nil,
            "another rate factor stands in the parameter sets")
    }
}
