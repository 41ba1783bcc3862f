import ANBTesting
import Foundation

/// A small video made by the ffmpeg program, which only the tests use. Cached between runs.
struct Clip {
    /// ffmpeg's arguments between `ffmpeg -y` and the file's name.
    let arguments: [String]
    let fileExtension: String

    init(_ arguments: String, as fileExtension: String = "mp4") {
        self.arguments = arguments.split(separator: " ").map(String.init)
        self.fileExtension = fileExtension
    }

    /// - Returns: The path of the file, which must not be changed.
    func path() async throws -> String {
        let folder = NSTemporaryDirectory() + "anb-media-clips"
        let path = "\(folder)/\(name).\(fileExtension)"
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let unfinished = "\(folder)/\(UUID().uuidString).\(fileExtension)"
        let run = try await ProgramRun.of(
            "/usr/bin/ffmpeg", ["-nostdin", "-v", "error", "-y"] + arguments + [unfinished])
        try expect(run.code == 0, "ffmpeg \(arguments): \(run.errors)")
        // A second maker's file is the same; the last rename wins.
        rename(unfinished, path)
        return path
    }

    func bytes() async throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: await path()))) }

    /// FNV-1a of the arguments.
    private var name: String {
        let hash = arguments.joined(separator: " ").utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}

extension Clip {
    /// H.264 as phones write it, made quickly.
    static let x264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

    /// Two seconds with sound, and the place they were taken at.
    static let plain = Clip(
        "-f lavfi -i testsrc2=s=640x360:r=30:d=2 -f lavfi -i sine=d=2 \(x264) -c:a aac -metadata location=+04.6-074.1/"
            + " -metadata title=secret")

    /// Red, green, blue, white: upper left, upper right, lower left, lower right.
    static let quadrants = Clip(
        "-f lavfi -i color=red:s=160x120:r=10:d=1 -f lavfi -i color=lime:s=160x120:r=10:d=1 -f lavfi -i color=blue:s=160x120:r=10:d=1"
            + " -f lavfi -i color=white:s=160x120:r=10:d=1 -filter_complex [0][1]hstack[a];[2][3]hstack[b];[a][b]vstack \(x264)")

    /// A fifth of a second; keeps most tests free of five seconds of bumpers.
    static let bumper = Clip("-f lavfi -i color=purple:s=320x180:r=30:d=0.2 \(x264)")
}
