import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBMedia

/// What no player of videos would complain about is taken, and only its picture is published.
@Suite(.oneOfFew) struct UnusualClipTests {
    private static let picture = "-f lavfi -i testsrc2=s=320x180:r=30:d=1"

    /// A cover or a second picture is not shown: it may have any shape that can be held.
    @Test(arguments: ["10x10", "600x40", "6000x6000"])
    func aCoverMayHaveAnyShape(size: String) async throws {
        let cover = "-c:v:1 mjpeg -pix_fmt:v:1 yuvj420p -frames:v:1 1 -disposition:v:1 attached_pic"
        try await expectTaken(
            Clip("\(Self.picture) -f lavfi -i color=red:s=\(size):r=1:d=1 -map 0 -map 1 \(Clip.x264) \(cover)"), frames: 30)
    }

    @Test func aSecondPictureMayBeSmall() async throws {
        try await expectTaken(
            Clip("\(Self.picture) -f lavfi -i color=red:s=12x12:r=30:d=1 -map 0 -map 1 \(Clip.x264)", as: "mov"), frames: 30)
    }

    /// Matroska tells whole milliseconds: 0.999 s.
    @Test(arguments: [24, 60])
    func aSecondIsLongEnoughInWholeMilliseconds(rate: Int) async throws {
        let clip = Clip("-f lavfi -i testsrc2=s=320x180:r=\(rate) -frames:v \(rate) \(Clip.x264)", as: "mkv")
        let info = try await InProcessMediaEngine().probe(path: try await clip.path(), limits: MediaLimits())
        #expect(info.durationSeconds < 1, "or this tests nothing")
        try await expectTaken(clip, frames: 30)
    }

    /// The parts of a broadcast say so in front, and some cameras put a box of their own there.
    @Test(arguments: ["styp", "uuid"])
    func aBoxMayStandInFront(name: String) async throws {
        let studio = try await Studio()
        let box: [UInt8] = [0, 0, 0, 24] + Array(name.utf8) + Array("msdh".utf8) + [UInt8](repeating: 0, count: 12)
        let clip = Clip("\(Self.picture) \(Clip.x264) -movflags frag_keyframe+empty_moov+default_base_moof")
        let report = try await studio.transcode(try studio.folder.file("clip.mp4", box + (try await clip.bytes())))
        #expect(report.input.container == "mp4" && report.renditions[0].frames == 30 + 2 * Studio.bumperFrames)
    }

    /// Fonts and covers belong to a film; many megabytes of them would be kept in memory three times.
    @Test(arguments: [(1, true), (3, false)])
    func attachmentsMayNotOutweighTheVideo(count: Int, isTaken: Bool) async throws {
        let studio = try await Studio()
        let font = try studio.folder.file("font.ttf", [UInt8](repeating: 7, count: 15_000_000))
        let attachments = (0..<count).map { "-attach \(font) -metadata:s:t:\($0) mimetype=font/ttf" }.joined(separator: " ")
        let clip = Clip("\(Self.picture) \(Clip.x264) \(attachments)", as: "mkv")
        if isTaken {
            try await expectTaken(clip, frames: 30)
        } else {
            let path = try await clip.path()
            let error = try await #require(throws: ANBError.self) { try await studio.transcode(path) }
            #expect(error.code == .mediaRejected && error.userMessage.contains("32 MB beside its video"), "\(error)")
        }
    }

    /// A recorder leaves room of any size, which is skipped; a cover is kept. A `free` that starts as a header does is read as one.
    @Test(arguments: [("udta", "", false), ("free", "", true), ("skip", "", true), ("free", "\0\0\0\u{6c}mvhd", false)])
    func aCoverMayNotOutweighTheVideo(box: String, start: String, isTaken: Bool) async throws {
        let studio = try await Studio()
        let count = UInt32(33 << 20)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + Array((box + start).utf8)
        let cover = head + [UInt8](repeating: 0, count: Int(count) - head.count)
        let path = try studio.folder.file("clip.mp4", try await Clip("\(Self.picture) \(Clip.x264)").bytes() + cover)
        if isTaken {
            #expect(try await studio.transcode(path).renditions[0].frames == 30 + 2 * Studio.bumperFrames)
        } else {
            let error = try await #require(throws: ANBError.self) { try await studio.transcode(path) }
            #expect(error.code == .mediaRejected && error.userMessage.contains("32 MB beside its video"), "\(error)")
        }
    }

    /// libav reads it from end to end before it gives the first picture.
    @Test func aBroadcastOfManyFragmentsMayBeLarge() async throws {
        let noise = "-f lavfi -i testsrc2=s=640x360:r=30:d=5,noise=alls=100:allf=t"
        let clip = Clip("\(noise) -c:v libx264 -preset ultrafast -crf 1 -pix_fmt yuv420p -movflags frag_every_frame+empty_moov")
        let path = try await clip.path()
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 > 33 << 20, "or this tests nothing")
        let info = try await InProcessMediaEngine().probe(path: path, limits: MediaLimits())
        #expect(info.width == 640 && abs(info.durationSeconds - 5) < 0.1)
    }

    private func expectTaken(_ clip: Clip, frames: Int) async throws {
        let report = try await Studio().transcode(try await clip.path())
        #expect(report.renditions[0].frames == frames + 2 * Studio.bumperFrames)
        #expect(report.input.width == 320 && report.input.height == 180)
    }

    /// Captions travel beside the picture, and libx264 would write them into the video.
    @Test func captionsAreNotPublished() async throws {
        let studio = try await Studio()
        let source = try studio.folder.file("clip.mp4", try await Self.captioned())
        let control = try await ProgramRun.of(
            "/usr/bin/ffmpeg",
            ["-nostdin", "-v", "error", "-y", "-i", source, "-c:v", "libx264", studio.folder.url("control.mp4").path])
        #expect(control.code == 0)
        #expect(try Self.holdsCaptions(studio.folder.url("control.mp4")), "or this tests nothing")
        let report = try await studio.transcode(source)
        for rendition in report.renditions {
            #expect(try !Self.holdsCaptions(URL(fileURLWithPath: rendition.path)), "\(rendition.path)")
        }
    }

    /// A text that ffmpeg puts in front of the first picture, replaced by captions as ATSC A/53 has them.
    private static func captioned() async throws -> [UInt8] {
        let marker = "0123456789abcdef0123456789abcdef"
        var bytes = try await Clip("\(picture) \(Clip.x264) -bsf:v h264_metadata=sei_user_data=\(marker)+text").bytes()
        let identifier = stride(from: 0, to: marker.count, by: 2).compactMap { index in
            UInt8(marker.dropFirst(index).prefix(2), radix: 16)
        }
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: identifier) })
        let captions: [UInt8] = [0xB5, 0, 0x31] + Array("GA94".utf8) + [3, 0xC2, 0xFF, 0xFC, 0x80, 0x80, 0xFC, 0x80, 0x80, 0xFF]
        // The kind of message, its length, its content.
        bytes[start - 2] = 4
        let length = Int(bytes[start - 1])
        bytes.replaceSubrange(
            start..<start + length, with: captions + [UInt8](repeating: 0xFF, count: length - captions.count))
        return bytes
    }

    private static func holdsCaptions(_ file: URL) throws -> Bool {
        try Data(contentsOf: file).range(of: Data("GA94".utf8)) != nil
    }
}
