import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBMedia

/// Recordings whose first picture does not speak for the others: broadcasts that were cut or joined, screens that were recorded.
@Suite(.oneOfFew) struct ChangingClipTests {
    /// Two recordings, one behind the other.
    private func joined(_ first: String, _ second: String, in studio: Studio) async throws -> String {
        let bytes = try await Clip(first, as: "ts").bytes() + Clip(second, as: "ts").bytes()
        return try studio.folder.file("joined.ts", bytes)
    }

    private static func mpeg2(_ source: String, filters: String = "null") -> String {
        "-f lavfi -i \(source) -vf \(filters),format=yuv420p -c:v mpeg2video -q:v 2"
    }

    /// A camera, or `cat`, appends a recording whose times start at the same or at any other point.
    @Test(arguments: [("0", "0"), ("200", "0"), ("0", "200")])
    func joinedRecordingsMayBeOfAnyTime(first: String, second: String) async throws {
        let studio = try await Studio()
        func part(_ color: String, _ start: String) -> String {
            "-f lavfi -i color=\(color):s=320x180:r=30:d=2 \(Clip.x264) -bf 2 -output_ts_offset \(start)"
        }
        let path = try await joined(part("red", first), part("blue", second), in: studio)
        let info = try await studio.engine.probe(path: path, limits: studio.limits)
        #expect(info.durationSeconds < 4.1, "\(info.durationSeconds)")
        let report = try await studio.transcode(path)
        #expect(report.renditions[0].frames == 120 + 2 * Studio.bumperFrames)
        for (frame, color) in [(30, Judge.Pixel.red), (90, .blue)] {
            let pixel = try await studio.judge("720p.mp4").picture(frame: Studio.bumperFrames + frame).pixel(640, 360)
            #expect(pixel.isNear(color), "\(pixel) at \(frame)")
        }
    }

    /// A screen that stands still for longer than the part that is used.
    @Test func aPictureMayStandForAnyTime() async throws {
        var studio = try await Studio()
        studio.recipe.clipSecondsMax = 3
        let clip = Clip(
            "-f lavfi -i testsrc2=s=320x180:r=30:d=2 -vf setpts=PTS+gte(N\\,30)*70/TB -vsync vfr \(Clip.x264)")
        let report = try await studio.transcode(try await clip.path())
        #expect(report.renditions[0].frames == 90 + 2 * Studio.bumperFrames && report.input.durationSeconds > 70)
    }

    /// Nothing can be decoded before the first key frame, and nothing of that is missing. Behind the first five seconds the
    /// analysis has not seen one, and the decoder takes what comes before for damage.
    @Test(arguments: [(8, 150, 3), (13, 300, 2)])
    func aBroadcastMayStartBetweenKeyFrames(seconds: Int, keyFrames: Int, tenthsCut: Int) async throws {
        let studio = try await Studio()
        let source = "-f lavfi -i testsrc2=s=320x180:r=30:d=\(seconds)"
        let whole = try await Clip("\(source) \(Clip.x264) -g \(keyFrames) -sc_threshold 0", as: "ts").bytes()
        let cut = try studio.folder.file("cut.ts", Array(whole.dropFirst(whole.count * tenthsCut / 10 / 188 * 188)))
        let info = try await studio.engine.probe(path: cut, limits: studio.limits)
        #expect(abs(info.durationSeconds - 3) < 0.1, "\(info.durationSeconds)")
        #expect(try await studio.transcode(cut).renditions[0].frames == 90 + 2 * Studio.bumperFrames)
    }

    /// The same numbers of pixels, shown at 4:3 and then at 16:9.
    @Test func thePixelShapeMayChange() async throws {
        let studio = try await Studio()
        let source = "color=white:s=320x240:r=30:d=1"
        let path = try await joined(
            Self.mpeg2(source, filters: "setdar=4/3"), Self.mpeg2(source, filters: "setdar=16/9") + " -output_ts_offset 1",
            in: studio)
        _ = try await studio.transcode(path)
        for (frame, color) in [(20, Judge.Pixel.black), (45, .white)] {
            let pixel = try await studio.judge("720p.mp4").picture(frame: Studio.bumperFrames + frame).pixel(80, 360)
            #expect(pixel.isNear(color), "\(pixel) at \(frame)")
        }
    }

    private static func bar(_ size: String) -> String {
        "-f lavfi -i color=black:s=\(size):r=60:d=1.5 -f lavfi -i color=white:s=80x720:r=60:d=1.5"
            + " -filter_complex overlay=x='n*13':y=0,interlace,format=yuv420p -c:v mpeg2video -flags +ildct+ilme -q:v 2"
    }

    /// The second part is interlaced, whatever the first one is: of one scan, or interlaced at another size.
    @Test(arguments: [(mpeg2("color=black:s=1280x720:r=30:d=1"), 30), (bar("640x360"), 45)])
    func interlacedPartsAreCombed(first: String, frames: Int) async throws {
        let studio = try await Studio()
        let path = try await joined(
            first, "\(Self.bar("1280x720")) -output_ts_offset \(Double(frames) / 30)", in: studio)
        let raw = try await Judge(path: Clip(Self.bar("1280x720"), as: "ts").path()).picture(frame: 15)
        let report = try await studio.transcode(path)
        let cleaned = try await studio.judge("720p.mp4").picture(
            frame: report.renditions[0].frames - Studio.bumperFrames - 45 + 15)
        #expect(raw.combedPixels > 2_000, "or this tests nothing")
        #expect(cleaned.combedPixels < raw.combedPixels / 20, "\(cleaned.combedPixels) of \(raw.combedPixels)")
        #expect(cleaned.meanBrightness > 5, "the white bar")
        // The decoder of MPEG-2 loses the last picture before a change.
        #expect((frames + 44...frames + 45).contains(report.renditions[0].frames - 2 * Studio.bumperFrames))
    }
}
