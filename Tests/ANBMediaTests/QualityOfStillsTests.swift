import ANBCore
import ANBTesting
import Foundation
import Testing

/// The thumbnail and the poster show the player, sharp: never black, blurred or from a bumper.
@Suite(.oneOfFew) struct QualityOfStillsTests {
    private static let stills = ["thumbnail.jpg", "poster.jpg"]
    private static let picture = "testsrc2=s=640x360:r=30"

    /// A clip whose good part comes late.
    private static func clip(_ parts: [String]) -> Clip {
        let inputs = parts.map { "-f lavfi -i \($0)" }.joined(separator: " ")
        return Clip("\(inputs) -filter_complex concat=n=\(parts.count) \(Clip.x264)")
    }

    private static let black = "color=black:s=640x360:r=30"
    private static let blurred = "\(picture):d=1,gblur=sigma=12"

    @Test(arguments: [
        clip(["\(black):d=1", "\(picture):d=1"]), clip(["\(black):d=3", "\(picture):d=1"]),
        clip(["\(black):d=0.5", blurred, "\(picture):d=1"]),
        clip([blurred, "color=white:s=640x360:r=30:d=1", "\(picture):d=0.6"]),
        clip(["\(picture):d=0.6", "\(black):d=3"]),
        Clip("-f lavfi -i \(picture):d=3 -vf fade=in:st=0:d=2 \(Clip.x264)"),
    ])
    func showsTheSharpPart(clip: Clip) async throws {
        let studio = try await Studio(engine: try Studio.childEngine())
        _ = try await studio.transcode(try await clip.path())
        let sharp = try await Judge(path: Clip("-f lavfi -i \(Self.picture):d=1 \(Clip.x264)").path()).picture(frame: 15)
        let soft = try await Judge(path: Self.clip([Self.blurred]).path()).picture(frame: 15)
        let limit = sharp.detail / 4
        #expect(soft.detail < limit, "the measure tells sharp from blurred")
        for name in Self.stills {
            // Brought to the size of the sharp picture: detail depends on it.
            let still = try await scaled(studio.judge(name), in: studio)
            #expect(still.detail > limit, "\(name): \(still.detail) of \(sharp.detail)")
            #expect((40...215).contains(still.meanBrightness), "\(name): \(still.meanBrightness)")
            // The bumper is one purple surface.
            #expect(!still.pixel(8, 8).isNear(Judge.Pixel(red: 128, green: 0, blue: 128)) || still.detail > limit)
        }
    }

    private func scaled(_ judge: Judge, in studio: Studio) async throws -> Judge.Picture {
        let path = studio.folder.url("scaled.png").path
        let run = try await ProgramRun.of(
            "/usr/bin/ffmpeg", ["-nostdin", "-v", "error", "-y", "-i", judge.path, "-vf", "scale=640:360", path])
        try expect(run.code == 0, run.errors)
        return try await Judge(path: path).picture(frame: 0)
    }

    /// All black is a clip too; its still is its own, not a bumper's.
    @Test func blackClipHasABlackStill() async throws {
        let studio = try await Studio(engine: try Studio.childEngine())
        _ = try await studio.transcode(try await Self.clip(["\(Self.black):d=1.2"]).path())
        let picture = try await studio.judge("poster.jpg").picture(frame: 0)
        #expect(picture.pixel(640, 300).isNear(.black))
    }
}

extension Judge.Picture {
    /// Mean square of the green's second differences along the lines.
    var detail: Int {
        let height = bytes.count / 3 / width
        var (sum, count) = (0, 0)
        for y in stride(from: 1, to: height, by: 3) {
            for x in stride(from: 1, to: width - 1, by: 3) {
                let second = 2 * pixel(x, y).green - pixel(x - 1, y).green - pixel(x + 1, y).green
                sum += second * second
                count += 1
            }
        }
        return sum / max(1, count)
    }
}
