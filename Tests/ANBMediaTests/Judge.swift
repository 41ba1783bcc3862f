import ANBTesting
import Foundation

/// Looks at an output with the ffmpeg programs, independently of the code under test.
struct Judge {
    struct Stream: Decodable {
        let codec_name: String
        let codec_type: String
        let profile: String?
        let width: Int?
        let height: Int?
        let pix_fmt: String?
        let avg_frame_rate: String?
        let nb_read_frames: String?
        let sample_aspect_ratio: String?
        let color_space: String?
        let color_range: String?
    }
    struct Format: Decodable {
        let duration: String?
        let tags: [String: String]?
    }
    struct Report: Decodable {
        let streams: [Stream]
        let format: Format
    }
    struct Pixel: Equatable {
        let red: Int
        let green: Int
        let blue: Int

        func isNear(_ other: Pixel, within tolerance: Int = 40) -> Bool {
            abs(red - other.red) <= tolerance && abs(green - other.green) <= tolerance && abs(blue - other.blue) <= tolerance
        }

        static let red = Pixel(red: 255, green: 0, blue: 0)
        static let green = Pixel(red: 0, green: 255, blue: 0)
        static let blue = Pixel(red: 0, green: 0, blue: 255)
        static let white = Pixel(red: 255, green: 255, blue: 255)
        static let black = Pixel(red: 0, green: 0, blue: 0)
    }
    /// One decoded frame.
    struct Picture {
        let width: Int
        let bytes: Data

        func pixel(_ x: Int, _ y: Int) -> Pixel {
            let start = bytes.startIndex + (y * width + x) * 3
            return Pixel(red: Int(bytes[start]), green: Int(bytes[start + 1]), blue: Int(bytes[start + 2]))
        }

        var meanBrightness: Int { bytes.reduce(0) { $0 + Int($1) } / bytes.count }

        /// Pixels of a 720p picture that differ from the line above but not from the line above that.
        var combedPixels: Int {
            var count = 0
            for y in stride(from: 102, to: 302, by: 2) {
                for x in 0..<1280 {
                    let (here, above, second) = (pixel(x, y).green, pixel(x, y - 1).green, pixel(x, y - 2).green)
                    if abs(here - above) > 80, abs(here - second) < 30 { count += 1 }
                }
            }
            return count
        }
    }

    let path: String

    func report() async throws -> Report {
        let run = try await ProgramRun.of(
            "/usr/bin/ffprobe", ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path])
        try expect(run.code == 0 && run.errors.isEmpty, "ffprobe \(path): \(run.errors)")
        return try JSONDecoder().decode(Report.self, from: run.output)
    }

    /// What a strict decoder complains about; empty when all is well.
    func complaints() async throws -> String {
        try await ProgramRun.of("/usr/bin/ffmpeg", ["-nostdin", "-v", "warning", "-xerror", "-i", path, "-f", "null", "-"]).errors
    }

    /// - Parameter frame: Counted from 0.
    func picture(frame: Int, format: String = "rgb24") async throws -> Picture {
        let report = try await report()
        let run = try await ProgramRun.of(
            "/usr/bin/ffmpeg",
            [
                "-nostdin", "-v", "error", "-i", path, "-vf", "select=eq(n\\,\(frame))", "-frames:v", "1", "-f", "rawvideo",
                "-pix_fmt", format, "-",
            ])
        try expect(!run.output.isEmpty, "\(path) has no frame \(frame)")
        return Picture(width: report.streams.first?.width ?? 0, bytes: run.output)
    }

    /// The outermost boxes of an MP4, by walking their sizes.
    func boxes() throws -> [String] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var (names, offset): ([String], Int) = ([], 0)
        while offset + 8 <= bytes.count {
            names.append(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self))
            let size = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            try expect(size >= 8, "box \(names) of \(size) bytes")
            offset += size
        }
        return names
    }
}
