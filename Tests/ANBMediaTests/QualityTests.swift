import ANBCore
import ANBTesting
import Foundation
import Testing

/// The player's part beside what ffmpeg makes of it with the right filters: upright, not squeezed, in its colours, in time.
@Suite(.oneOfFew) struct QualityTests {
    /// Structural similarity to the reference, all planes, mean of all frames.
    private static let similarityMin = 0.95
    /// Red, green and blue of the means of blocks.
    private static let colorDifferenceMax = 12
    private static let blocksAcross = 16

    @Test(arguments: QualityCase.all)
    func looksLikeTheReference(kind: QualityCase) async throws {
        var studio = try await Studio(engine: try Studio.childEngine())
        studio.recipe.renditions.removeLast()
        let source = try await source(of: kind, in: studio)
        let report = try await studio.transcode(source)
        #expect(abs(report.renditions[0].frames - 2 * Studio.bumperFrames - kind.frames) <= 1, "\(report.renditions[0].frames)")
        let reference = try await reference(of: kind, source, in: studio)
        let output = studio.judge("720p.mp4")
        let similarity = try await similarity(output, reference)
        #expect(similarity >= Self.similarityMin, "\(similarity)")
        let frame = kind.frames / 2
        let difference = colorDifference(
            try await output.picture(frame: Studio.bumperFrames + frame), try await reference.picture(frame: frame))
        #expect(difference <= Self.colorDifferenceMax, "\(difference)")
    }

    /// The comparison notices what it is there for.
    @Test(arguments: [
        "hflip", "transpose=clock,scale=1280:720", "hue=h=40", "scale=960:720,pad=1280:720:-1:-1", "eq=brightness=0.1",
    ])
    func comparisonSees(fault: String) async throws {
        let kind = QualityCase.all[0]
        let studio = try await Studio()
        let source = try await kind.clip.path()
        let good = try await render(source, kind.reference, as: "good", in: studio)
        let wrong = try await render(source, "\(kind.reference),\(fault)", as: "wrong", in: studio)
        let (first, second) = (try await good.picture(frame: 10), try await wrong.picture(frame: 10))
        let similarity = try await similarity(good, wrong, skipping: 0)
        #expect(similarity < Self.similarityMin || colorDifference(first, second) > Self.colorDifferenceMax, "\(similarity)")
    }

    private func source(of kind: QualityCase, in studio: Studio) async throws -> String {
        guard let matrix = kind.matrix else { return try await kind.clip.path() }
        var patch = MP4Patch(bytes: try await kind.clip.bytes())
        try patch.setMatrix(matrix[0], matrix[1], matrix[2], matrix[3])
        return try studio.folder.file("turned.mp4", patch.bytes)
    }

    private func reference(of kind: QualityCase, _ source: String, in studio: Studio) async throws -> Judge {
        try await render(source, kind.reference, as: "reference", in: studio)
    }

    /// Without loss.
    private func render(_ source: String, _ filters: String, as name: String, in studio: Studio) async throws -> Judge {
        let path = studio.folder.url("\(name).mkv").path
        let run = try await ProgramRun.of(
            "/usr/bin/ffmpeg",
            ["-nostdin", "-v", "error", "-y", "-i", source, "-an", "-vf", filters, "-c:v", "libx264", "-preset", "ultrafast"]
                + ["-qp", "0", "-colorspace", "bt709", "-color_range", "tv", path])
        try expect(run.code == 0, "ffmpeg \(filters): \(run.errors)")
        return Judge(path: path)
    }

    /// The watermark's corner is painted over in both.
    private func similarity(_ output: Judge, _ reference: Judge, skipping frames: Int = Studio.bumperFrames) async throws
        -> Double
    {
        let corner = "drawbox=x=1100:y=600:w=180:h=120:c=black:t=fill"
        let run = try await ProgramRun.of(
            "/usr/bin/ffmpeg",
            [
                "-nostdin", "-v", "info", "-i", output.path, "-i", reference.path, "-filter_complex",
                "[0]trim=start_frame=\(frames),setpts=PTS-STARTPTS,\(corner)[a];[1]setpts=PTS-STARTPTS,\(corner)[b];"
                    + "[a][b]ssim=shortest=1", "-f", "null", "-",
            ])
        let text = try #require(run.errors.split(separator: "All:").last?.split(separator: " ").first)
        return try #require(Double(text), "\(run.errors)")
    }

    /// The largest difference of the mean colours of blocks that lie at the same place.
    private func colorDifference(_ left: Judge.Picture, _ right: Judge.Picture) -> Int {
        let (side, across) = (1280 / Self.blocksAcross, Self.blocksAcross)
        let places = (0..<across * across * 9 / 16).map { ($0 % across * side, $0 / across * side) }
        return places.filter { !($0.0 >= 1040 && $0.1 >= 560) }.map {
            left.mean(at: $0, side: side).distance(to: right.mean(at: $0, side: side))
        }
        .max() ?? 0
    }
}

extension Judge.Picture {
    /// The mean of every fourth pixel of a square block, both ways.
    func mean(at corner: (x: Int, y: Int), side: Int) -> Judge.Pixel {
        var (red, green, blue, count) = (0, 0, 0, 0)
        for y in stride(from: corner.y, to: corner.y + side, by: 4) {
            for x in stride(from: corner.x, to: corner.x + side, by: 4) {
                let here = pixel(x, y)
                red += here.red
                green += here.green
                blue += here.blue
                count += 1
            }
        }
        return Judge.Pixel(red: red / count, green: green / count, blue: blue / count)
    }
}

extension Judge.Pixel {
    fileprivate func distance(to other: Judge.Pixel) -> Int {
        max(abs(red - other.red), abs(green - other.green), abs(blue - other.blue))
    }
}
