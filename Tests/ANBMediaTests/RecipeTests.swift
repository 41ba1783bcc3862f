import ANBCore
import ANBTesting
import Foundation
import Synchronization
import Testing

@testable import ANBMedia

/// The whole recipe as it leaves the decoding process, judged by the ffmpeg programs.
@Suite(.oneOfFew) struct RecipeTests {
    @Test func defaultRecipeThroughTheChild() async throws {
        let studio = try await Studio(engine: try Studio.childEngine(), shortBumpers: false)
        let fractions = Mutex<[Double]>([])
        let report = try await studio.transcode(try await Clip.plain.path()) { progress in
            fractions.withLock { $0.append(progress.fraction) }
        }
        let seen = fractions.withLock { $0 }
        #expect(seen == seen.sorted() && seen.count > 1 && seen.last == 1)
        #expect(try studio.folder.contents == ["480p.mp4", "720p.mp4", "poster.jpg", "thumbnail.jpg"])
        #expect(report.renditions.map(\.frames) == [210, 210])
        #expect(report.cpuSeconds > 0.1 && report.peakResidentBytes > 10 << 20)
        try await expectRendition(studio.judge("720p.mp4"), width: 1280, height: 720, frames: 210)
        try await expectRendition(studio.judge("480p.mp4"), width: 854, height: 480, frames: 210)
        try await expectPicture(studio.judge("thumbnail.jpg"), width: 480, height: 270)
        try await expectPicture(studio.judge("poster.jpg"), width: 1280, height: 720)
        try await expectDrawnBumpers(studio.judge("720p.mp4"), frames: 210)
        try await expectWatermark(studio.judge("720p.mp4"))
    }

    private func expectRendition(_ judge: Judge, width: Int, height: Int, frames: Int) async throws {
        let report = try await judge.report()
        try #require(report.streams.count == 1, "video only")
        let stream = report.streams[0]
        #expect(stream.codec_name == "h264" && stream.profile == "High" && stream.pix_fmt == "yuv420p")
        #expect(stream.width == width && stream.height == height && stream.sample_aspect_ratio == "1:1")
        #expect(stream.avg_frame_rate == "30/1" && stream.nb_read_frames == "\(frames)")
        #expect(stream.color_space == "bt709" && stream.color_range == "tv")
        #expect(report.format.duration.flatMap(Double.init) == Double(frames) / 30)
        #expect(report.format.tags.map { Set($0.keys) } == ["major_brand", "minor_version", "compatible_brands"], "no metadata")
        let boxes = try judge.boxes()
        let (index, media) = (try #require(boxes.firstIndex(of: "moov")), try #require(boxes.firstIndex(of: "mdat")))
        #expect(index < media)
        #expect(try await judge.complaints() == "")
    }

    private func expectPicture(_ judge: Judge, width: Int, height: Int) async throws {
        let stream = try #require(try await judge.report().streams.first)
        #expect(stream.codec_name == "mjpeg" && stream.width == width && stream.height == height)
    }

    /// The orange bar of the drawn bumpers stands still once the ball has passed.
    private func expectDrawnBumpers(_ judge: Judge, frames: Int) async throws {
        for frame in [60, frames - 15] {
            let bar = try await judge.picture(frame: frame).pixel(640, 593)
            #expect(bar.isNear(Judge.Pixel(red: 255, green: 140, blue: 40)), "\(frame): \(bar)")
        }
        #expect(try await judge.picture(frame: 0).meanBrightness < 20, "the intro fades in")
    }

    /// The white letters of the drawn watermark lie over the test picture.
    private func expectWatermark(_ judge: Judge) async throws {
        let picture = try await judge.picture(frame: 100)
        let white = (1140..<1256).flatMap { x in (640..<696).map { y in picture.pixel(x, y) } }
            .filter { $0.red > 190 && $0.green > 190 && $0.blue > 180 }.count
        #expect(white > 300, "\(white) white pixels")
    }

    @Test(arguments: [
        (0, [1, 0, 0, 1], "RGBW"), (90, [0, 1, -1, 0], "BRWG"), (180, [-1, 0, 0, -1], "WBGR"), (270, [0, -1, 1, 0], "GWRB"),
        (0, [-1, 0, 0, 1], "GRWB"), (180, [1, 0, 0, -1], "BWRG"), (90, [0, 1, 1, 0], "RBGW"), (270, [0, -1, -1, 0], "WGBR"),
    ])
    func standsUprightInsidePadding(degrees: Int, matrix: [Int32], corners: String) async throws {
        let studio = try await Studio()
        var patch = MP4Patch(bytes: try await Clip.quadrants.bytes())
        try patch.setMatrix(matrix[0], matrix[1], matrix[2], matrix[3])
        let report = try await studio.transcode(try studio.folder.file("in.mp4", patch.bytes))
        #expect(report.input.rotationDegrees == degrees)
        let turned = degrees % 180 == 90
        #expect(report.input.width == (turned ? 240 : 320) && report.input.height == (turned ? 320 : 240))
        let picture = try await studio.judge("720p.mp4").picture(frame: 20)
        let (width, named) = (turned ? 540 : 960, ["R": Judge.Pixel.red, "G": .green, "B": .blue, "W": .white])
        for (corner, (x, y)) in zip(corners, [(-1, -1), (1, -1), (-1, 1), (1, 1)]) {
            let pixel = picture.pixel(640 + x * width * 3 / 8, 360 + y * 150)
            #expect(pixel.isNear(try #require(named[String(corner)])), "\(corners) at \(x) \(y): \(pixel)")
        }
        #expect(picture.pixel(640 - width / 2 - 8, 360).isNear(.black) && picture.pixel(640 + width / 2 + 8, 360).isNear(.black))
    }

    @Test func appliesThePixelShape() async throws {
        let studio = try await Studio()
        let clip = Clip("-f lavfi -i color=white:s=360x480:r=10:d=1 -vf setsar=8/3 \(Clip.x264)")
        let report = try await studio.transcode(try await clip.path())
        #expect(report.input.width == 960 && report.input.height == 480)
        let picture = try await studio.judge("720p.mp4").picture(frame: 20)
        // 2:1 in 16:9 leaves bars of 40 pixels above and below, none at the sides.
        #expect(
            picture.pixel(640, 30).isNear(.black) && picture.pixel(640, 50).isNear(.white) && picture.pixel(5, 360).isNear(.white)
        )
    }

    @Test(arguments: [
        (Clip("-f lavfi -i testsrc2=s=320x180:r=25:d=2 \(Clip.x264)"), 60),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=240:d=1.5 \(Clip.x264)"), 45),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=0.5:d=8 \(Clip.x264)"), 240),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1.2 \(Clip.x264)"), 36),
        (Clip("-f lavfi -i testsrc2=s=641x361:r=24:d=1.5 -c:v libx264 -preset ultrafast -pix_fmt yuv444p"), 45),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"), 30),
        (Clip("-f lavfi -i testsrc2=s=16x16:r=30:d=1 \(Clip.x264)"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8", as: "webm"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libvpx -deadline realtime -cpu-used 8", as: "mkv"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v mpeg4", as: "avi"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v prores_ks", as: "mov"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v mpeg2video", as: "mpg"), 60),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 \(Clip.x264)", as: "ts"), 30),
        (
            Clip(
                "-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none"),
            30
        ),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libsvtav1 -preset 12"), 30),
        (Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 \(Clip.x264) -live 1", as: "webm.mkv"), 30),
    ])
    func acceptsAndKeepsTime(clip: Clip, frames: Int) async throws {
        var studio = try await Studio()
        studio.recipe.renditions = [MediaRecipe.Rendition(name: "720p", width: 1280, height: 720, constantRateFactor: 30)]
        let report = try await studio.transcode(try await clip.path())
        #expect(report.renditions[0].frames == frames + 2 * Studio.bumperFrames)
        #expect(try await studio.judge("720p.mp4").report().streams[0].nb_read_frames == "\(frames + 2 * Studio.bumperFrames)")
    }

    @Test func variableRateKeepsEachPictureAtItsTime() async throws {
        let studio = try await Studio()
        // Red for a second at irregular times, then one long gap, then blue from 1.5 s on.
        let clip = Clip(
            "-f lavfi -i color=red:s=320x180:r=60:d=3 -vf drawbox=c=blue:t=fill:enable='gte(t,1.5)',"
                + "select='not(mod(n,7))*lt(t,1)+not(mod(n,4))*gte(t,1.5)' -vsync vfr \(Clip.x264)")
        let report = try await studio.transcode(try await clip.path())
        let frames = report.renditions[0].frames - 2 * Studio.bumperFrames
        #expect((89...91).contains(frames), "\(frames)")
        let judge = studio.judge("720p.mp4")
        let before = try await judge.picture(frame: Studio.bumperFrames + 43).pixel(640, 360)
        let after = try await judge.picture(frame: Studio.bumperFrames + 46).pixel(640, 360)
        #expect(before.isNear(.red) && after.isNear(.blue), "\(before) \(after)")
    }

    @Test func sizeMayChangeMidway() async throws {
        let studio = try await Studio()
        let first = Clip("-f lavfi -i color=red:s=320x180:r=30:d=1 \(Clip.x264)", as: "ts")
        let second = Clip("-f lavfi -i color=blue:s=240x320:r=30:d=1 \(Clip.x264) -output_ts_offset 1", as: "ts")
        let report = try await studio.transcode(try studio.folder.file("in.ts", try await first.bytes() + second.bytes()))
        #expect(report.renditions[0].frames == 60 + 2 * Studio.bumperFrames)
        let judge = studio.judge("720p.mp4")
        #expect(try await judge.picture(frame: Studio.bumperFrames + 20).pixel(100, 360).isNear(.red))
        let narrow = try await judge.picture(frame: Studio.bumperFrames + 45)
        #expect(narrow.pixel(640, 360).isNear(.blue) && narrow.pixel(100, 360).isNear(.black))
    }

    @Test func keepsTheStartOfALongClip() async throws {
        var studio = try await Studio()
        studio.recipe.clipSecondsMax = 2
        let clip = Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=4 \(Clip.x264)")
        let report = try await studio.transcode(try await clip.path())
        #expect(report.renditions.map(\.frames) == [72, 72] && report.input.durationSeconds == 4)
    }

    @Test func interlacedPicturesAreCombed() async throws {
        let studio = try await Studio()
        let clip = Clip(
            "-f lavfi -i color=black:s=1280x720:r=60:d=1.5 -f lavfi -i color=white:s=80x720:r=60:d=1.5"
                + " -filter_complex overlay=x='n*13':y=0,interlace,format=yuv420p -c:v mpeg2video -flags +ildct+ilme -q:v 2",
            as: "ts")
        let path = try await clip.path()
        let report = try await studio.transcode(path)
        #expect(report.input.isInterlaced)
        let raw = try await Judge(path: path).picture(frame: 15, format: "rgb24")
        let cleaned = try await studio.judge("720p.mp4").picture(frame: Studio.bumperFrames + 15)
        #expect(raw.combedPixels > 2_000, "the source must show teeth, or this tests nothing")
        #expect(cleaned.combedPixels < raw.combedPixels / 20, "\(cleaned.combedPixels) of \(raw.combedPixels)")
    }

    @Test(arguments: [
        Clip("-f lavfi -i color=0x202020:s=320x180:r=10:d=1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p", as: "mov"),
        Clip(
            "-f lavfi -i color=0x202020:s=320x180:r=10:d=1 -vf scale=out_range=full,format=yuv420p -color_range pc"
                + " -c:v libvpx-vp9 -deadline realtime -cpu-used 8", as: "webm"),
    ])
    func fullRangeBecomesLimited(clip: Clip) async throws {
        let studio = try await Studio()
        _ = try await studio.transcode(try await clip.path())
        let pixel = try await studio.judge("720p.mp4").picture(frame: 20).pixel(640, 360)
        // Read as limited range it would be 18.
        #expect(pixel.isNear(Judge.Pixel(red: 32, green: 32, blue: 32), within: 4), "\(pixel)")
    }

    /// The same numbers mean a stronger green in a wide gamut than in BT.709. What they become was computed from the
    /// primaries of SMPTE EG 432-1 and BT.2020 and a display's gamma of 2.4 (BT.1886), apart from any library.
    @Test(arguments: [
        ("0x78B464", "smpte432", "bt709", Judge.Pixel(red: 99, green: 182, blue: 88)),
        ("0x96B478", "bt2020", "bt2020nc", Judge.Pixel(red: 130, green: 184, blue: 111)),
    ])
    func wideGamutBecomesStandard(color: String, primaries: String, matrix: String, expected: Judge.Pixel) async throws {
        let studio = try await Studio()
        let clip = Clip(
            "-f lavfi -i color=\(color):s=320x180:r=10:d=1 -vf format=rgb24,scale=out_color_matrix=\(matrix == "bt709" ? matrix : "bt2020")"
                + " \(Clip.x264) -color_primaries \(primaries) -color_trc bt709 -colorspace \(matrix)")
        let report = try await studio.transcode(try await clip.path())
        #expect(!report.input.isHighDynamicRange)
        let pixel = try await studio.judge("720p.mp4").picture(frame: 20).pixel(640, 360)
        #expect(pixel.isNear(expected, within: 6), "\(pixel)")
    }

    @Test(arguments: ["smpte2084", "arib-std-b67"])
    func highDynamicRangeIsToneMapped(transfer: String) async throws {
        let studio = try await Studio()
        let clip = Clip(
            "-f lavfi -i color=gray:s=320x180:r=10:d=1 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1"
                + " -color_primaries bt2020 -color_trc \(transfer) -colorspace bt2020nc"
                + " -x265-params log-level=none:colorprim=bt2020:transfer=\(transfer):colormatrix=bt2020nc")
        let report = try await studio.transcode(try await clip.path())
        #expect(report.input.isHighDynamicRange)
        let pixel = try await studio.judge("720p.mp4").picture(frame: 20).pixel(640, 360)
        // Grey stays grey; its brightness is what the curve makes of it, neither black nor clipped.
        #expect(
            abs(pixel.red - pixel.green) < 8 && abs(pixel.green - pixel.blue) < 8 && (60...230).contains(pixel.green), "\(pixel)")
    }

    /// The same colour is the same, whichever numbers its file has for black and white.
    @Test(arguments: ["black", "0x606060"])
    func highDynamicRangeOfFullRangeIsNoBrighter(color: String) async throws {
        var pixels: [Judge.Pixel] = []
        for (range, name) in [("limited", "tv"), ("full", "pc")] {
            let studio = try await Studio()
            let clip = Clip(
                "-f lavfi -i color=\(color):s=320x180:r=10:d=1 -vf scale=out_range=\(range):out_color_matrix=bt2020"
                    + " -color_range \(name) -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1"
                    + " -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -x265-params log-level=none:range=\(range)"
                    + ":colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc")
            #expect(try await studio.transcode(try await clip.path()).input.isHighDynamicRange)
            pixels.append(try await studio.judge("720p.mp4").picture(frame: 20).pixel(640, 360))
        }
        #expect(pixels[0].isNear(pixels[1], within: 4), "\(pixels)")
    }

    @Test func stillsAvoidABlackStart() async throws {
        let studio = try await Studio()
        let clip = Clip(
            "-f lavfi -i color=black:s=320x180:r=30:d=1 -f lavfi -i testsrc2=s=320x180:r=30:d=1 -filter_complex concat=n=2 \(Clip.x264)"
        )
        _ = try await studio.transcode(try await clip.path())
        for still in ["thumbnail.jpg", "poster.jpg"] {
            #expect(try await studio.judge(still).picture(frame: 0).meanBrightness > 60)
        }
    }
}
