import Foundation
import Testing

/// A file that was made to do harm, or that harm was done to.
struct HostileFile: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: @Sendable () async throws -> [UInt8]

    var testDescription: String { name }

    init(_ name: String, _ bytes: @escaping @Sendable () async throws -> [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    init(_ name: String, text: String) { self.init(name) { Array(text.utf8) } }

    /// What ffmpeg makes of these arguments.
    init(_ name: String, clip: Clip) { self.init(name) { try await clip.bytes() } }

    /// A good MP4 with changed bytes.
    init(_ name: String, of clip: Clip = .plain, patch: @escaping @Sendable (inout MP4Patch) throws -> Void) {
        self.init(name) {
            var changed = MP4Patch(bytes: try await clip.bytes())
            try patch(&changed)
            return changed.bytes
        }
    }
}

extension HostileFile {
    private static let moovFirst = Clip("-f lavfi -i testsrc2=s=640x360:r=30:d=4 \(Clip.x264) -movflags +faststart")
    private static let sizeless = "-f lavfi -i testsrc2=s=320x180:r=30"

    /// Each must be refused with a reason, in the child, and leave everything else as it was.
    static let refused: [HostileFile] = notVideo + cutOrEmpty + lyingHeaders + wrongContent

    private static let notVideo: [HostileFile] = [
        HostileFile("text", text: "This is a text. It was renamed.\n"),
        HostileFile("random bytes") { SeededBytes.make(65_536, seed: 1) },
        HostileFile("ftyp and random bytes") { [0, 0, 0, 24] + Array("ftypisom".utf8) + SeededBytes.make(65_536, seed: 2) },
        HostileFile("HLS playlist to a local file", text: "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        HostileFile("HLS playlist to a server", text: "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
        HostileFile("HLS playlist with concat", text: "#EXTM3U\n#EXTINF:1,\nconcat:/etc/passwd|/etc/group\n#EXT-X-ENDLIST\n"),
        HostileFile("ffconcat", text: "ffconcat version 1.0\nfile '/etc/passwd'\n"),
        HostileFile("DASH", text: "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>"),
        HostileFile("SDP", text: "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
        HostileFile("SVG", text: "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>"),
        HostileFile("giant PNG") {
            let header: [UInt8] = [0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0]
            return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + header + SeededBytes.make(4096, seed: 4)
        },
    ]

    private static let cutOrEmpty: [HostileFile] = [
        HostileFile("zero bytes") { [] },
        HostileFile("one byte") { [0] },
        HostileFile("cut, index at the end") { try await Clip.plain.bytes().dropLast(100_000) },
        HostileFile("cut, index in front") { Array(try await moovFirst.bytes().prefix(200_000)) },
        HostileFile("cut MKV") {
            let bytes = try await Clip("\(sizeless):d=8 \(Clip.x264)", as: "mkv").bytes()
            return Array(bytes.prefix(bytes.count / 2))
        },
        HostileFile("picture data overwritten", of: moovFirst) { patch in
            let start = try patch.content(of: "mdat") + 64
            patch.bytes.replaceSubrange(start..., with: SeededBytes.make(patch.bytes.count - start, seed: 3))
        },
        HostileFile("one frame", clip: Clip("\(sizeless) -frames:v 1 \(Clip.x264)")),
        HostileFile("0.9 s", clip: Clip("\(sizeless):d=0.9 \(Clip.x264)")),
    ]

    /// Where the first entry of a sample description holds its width and height.
    private static let sampleEntrySize = 40

    private static let lyingHeaders: [HostileFile] = [
        HostileFile("claims ten hours") { patch in
            // Version 0: times, then scale and duration.
            let header = try patch.content(of: "mdhd")
            let scale = patch.bytes[header + 12..<header + 16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            patch.write(scale * 36_000, at: header + 16)
            try patch.write(36_000_000, in: "mvhd", at: 16)
            try patch.write(36_000_000, in: "elst", at: 8)
            try patch.write(scale * 600, in: "stts", at: 12)
        },
        HostileFile("2^31 sample sizes") { try $0.write(1 << 31, in: "stsz", at: 8) },
        HostileFile("2^31 sample times") { try $0.write(1 << 31, in: "stts", at: 4) },
        HostileFile("sample times of 2^29") { try $0.write(1 << 29, in: "stts", at: 12) },
        HostileFile("sample entry of 65535 pixels") { try $0.write(0xFFFF_FFFF, in: "stsd", at: sampleEntrySize) },
        HostileFile("picture larger than its container says") {
            var patch = MP4Patch(bytes: try await Clip("-f lavfi -i color=red:s=8400x880:r=10:d=1 \(Clip.x264)").bytes())
            try patch.write(640 << 16 | 360, in: "stsd", at: sampleEntrySize)
            return patch.bytes
        },
        HostileFile("3000 nested boxes") {
            let depth: UInt32 = 3000
            var patch = MP4Patch(bytes: Array("\0\0\0\u{8}ftyp".utf8))
            for level in 0..<depth {
                patch.bytes += [0, 0, 0, 0] + Array("moov".utf8)
                patch.write((depth - level) * 8, at: patch.bytes.count - 8)
            }
            return patch.bytes
        },
    ]

    private static let wrongContent: [HostileFile] = [
        HostileFile("sound only", clip: Clip("-f lavfi -i sine=d=2 -c:a aac")),
        HostileFile(
            "sound with a cover",
            clip: Clip(
                "-f lavfi -i sine=d=2 -f lavfi -i color=red:s=320x320:r=1:d=1 -frames:v 1 -c:v mjpeg -disposition:v attached_pic -c:a aac"
            )),
        HostileFile("MagicYUV", clip: Clip("\(sizeless):d=1 -c:v magicyuv -pix_fmt gbrp", as: "avi")),
        HostileFile("FFV1", clip: Clip("\(sizeless):d=1 -c:v ffv1", as: "mkv")),
        HostileFile("1 × 1", clip: Clip("\(sizeless):d=1 -vf scale=1:1 -c:v mjpeg -pix_fmt yuvj444p", as: "avi")),
        HostileFile("2 × 2", clip: Clip("-f lavfi -i color=red:s=2x2:r=30:d=1 \(Clip.x264)")),
        HostileFile("4000 × 100", clip: Clip("-f lavfi -i color=red:s=4000x100:r=10:d=1 \(Clip.x264)")),
        HostileFile("100 × 4000", clip: Clip("-f lavfi -i color=red:s=100x4000:r=10:d=1 \(Clip.x264)")),
        HostileFile(
            "narrow by its pixel shape", clip: Clip("-f lavfi -i color=red:s=800x200:r=10:d=1 -vf setsar=4 \(Clip.x264)")),
        HostileFile(
            "17 tracks",
            clip: Clip(
                "\(sizeless):d=1 -f lavfi -i anullsrc=r=8000:cl=mono:d=1 -map 0 "
                    + String(repeating: "-map 1 ", count: 16) + "\(Clip.x264) -c:a pcm_s16le -shortest", as: "mkv")),
    ]
}

/// Bytes by a fixed recipe (xorshift), the same in every run.
enum SeededBytes {
    static func make(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }
}
