import Foundation
import Testing

/// A kind of clip that players send, and how ffmpeg brings it to 1280 × 720 when told exactly what to do.
struct QualityCase: CustomTestStringConvertible, Sendable {
    let name: String
    let clip: Clip
    /// A display matrix written into the file: a, b, c, d.
    var matrix: [Int32]?
    /// What the reference does before it scales.
    var before = ""
    /// Options of the reference's `scale` about colours; the default is what untagged small pictures need.
    var colors = Self.small
    /// The picture within the canvas.
    var fit = (width: 1280, height: 720)
    /// Output frames of the player's part.
    var frames = 36

    var testDescription: String { name }

    static let small = "in_color_matrix=bt601:in_range=limited"
    private static let tagged = "in_color_matrix=bt709:in_range=limited"

    /// ffmpeg's filters from the file to what the player's part must look like.
    var reference: String {
        (before.isEmpty ? "" : before + ",") + "fps=30,scale=\(fit.width):\(fit.height):flags=bicubic:\(colors)"
            + ":out_color_matrix=bt709:out_range=limited,format=yuv420p,pad=1280:720:-1:-1:black,setsar=1"
    }

    private static func source(_ size: String, rate: String = "30", seconds: Double = 1.2) -> String {
        "-f lavfi -i testsrc2=s=\(size):r=\(rate):d=\(seconds)"
    }

    static let all: [QualityCase] = shapes + turns + rates + colours + scanned

    private static let shapes = [
        QualityCase(name: "16:9", clip: Clip("\(source("640x360")) \(Clip.x264)")),
        QualityCase(name: "portrait", clip: Clip("\(source("360x640")) \(Clip.x264)"), fit: (404, 720)),
        QualityCase(name: "square", clip: Clip("\(source("400x400")) \(Clip.x264)"), fit: (720, 720)),
        QualityCase(name: "4:3", clip: Clip("\(source("640x480")) \(Clip.x264)"), fit: (960, 720)),
        QualityCase(name: "wide", clip: Clip("\(source("800x200")) \(Clip.x264)"), fit: (1280, 320)),
        QualityCase(
            name: "odd sides", clip: Clip("\(source("641x361")) -c:v libx264 -preset ultrafast -pix_fmt yuv444p")),
        QualityCase(name: "anamorphic wide", clip: Clip("\(source("360x288")) -vf setsar=64/45 \(Clip.x264)")),
        QualityCase(
            name: "anamorphic 4:3", clip: Clip("\(source("352x240")) -vf setsar=10/11 \(Clip.x264)"), fit: (960, 720)),
    ]

    /// ffmpeg turns what it reads by itself.
    private static let turns = [
        QualityCase(
            name: "turned 90", clip: Clip("\(source("640x360")) \(Clip.x264)"), matrix: [0, 1, -1, 0], fit: (404, 720)),
        QualityCase(name: "turned 180", clip: Clip("\(source("640x360")) \(Clip.x264)"), matrix: [-1, 0, 0, -1]),
        QualityCase(
            name: "turned 270", clip: Clip("\(source("640x360")) \(Clip.x264)"), matrix: [0, -1, 1, 0], fit: (404, 720)),
    ]

    private static let rates = [
        QualityCase(name: "15 a second", clip: Clip("\(source("640x360", rate: "15")) \(Clip.x264)")),
        QualityCase(name: "24 a second", clip: Clip("\(source("640x360", rate: "24", seconds: 1.25)) \(Clip.x264)"), frames: 38),
        QualityCase(name: "25 a second", clip: Clip("\(source("640x360", rate: "25")) \(Clip.x264)")),
        QualityCase(name: "50 a second", clip: Clip("\(source("640x360", rate: "50")) \(Clip.x264)")),
        QualityCase(name: "59.94 a second", clip: Clip("\(source("640x360", rate: "60000/1001")) \(Clip.x264)")),
        QualityCase(name: "240 a second", clip: Clip("\(source("640x360", rate: "240")) \(Clip.x264)")),
        QualityCase(
            name: "variable rate",
            clip: Clip("\(source("640x360", rate: "60")) -vf select='not(mod(n,7))+not(mod(n,4))' -vsync vfr \(Clip.x264)")),
    ]

    private static let tone =
        "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=709,tonemap=hable:desat=0,zscale=t=709:m=709:r=limited"

    /// A standard picture coded by the other curve, at the size of the output: mapping tones before or after scaling
    /// gives different edges, and neither is wrong.
    private static func highDynamicRange(_ transfer: String, _ name: String) -> Clip {
        Clip(
            "\(source("1280x720")) -vf scale=out_color_matrix=bt709:out_range=limited,format=yuv444p,"
                + "zscale=tin=709:min=709:pin=709:rin=limited:t=\(transfer):m=2020_ncl:p=2020:r=limited:npl=100,format=yuv420p10le"
                + " -c:v libx265 -preset ultrafast -tag:v hvc1 -color_primaries bt2020 -color_trc \(name) -colorspace bt2020nc"
                + " -x265-params log-level=none:colorprim=bt2020:transfer=\(name):colormatrix=bt2020nc:range=limited")
    }

    private static let colours = [
        QualityCase(
            name: "tagged BT.709",
            clip: Clip("\(source("640x360")) -vf scale=out_color_matrix=bt709 -colorspace bt709 \(Clip.x264)"), colors: tagged),
        QualityCase(
            name: "untagged HD",
            clip: Clip("\(source("1280x720")) -vf scale=out_color_matrix=bt709 \(Clip.x264)"), colors: tagged),
        QualityCase(
            name: "full range",
            clip: Clip(
                "\(source("640x360")) -vf scale=out_range=full -color_range pc -c:v libx264 -preset ultrafast -pix_fmt yuvj420p"),
            colors: "in_color_matrix=bt601:in_range=full"),
        QualityCase(
            name: "10 bit", clip: Clip("\(source("640x360")) -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le")),
        QualityCase(name: "10 bit 4:2:2", clip: Clip("\(source("640x360")) -c:v prores_ks", as: "mov")),
        QualityCase(
            name: "HDR PQ", clip: highDynamicRange("smpte2084", "smpte2084"), before: tone, colors: tagged),
        QualityCase(
            name: "HDR HLG", clip: highDynamicRange("arib-std-b67", "arib-std-b67"), before: tone, colors: tagged),
        QualityCase(
            name: "VP9",
            clip: Clip("\(source("640x360")) -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -crf 20 -b:v 0", as: "webm")),
        QualityCase(name: "AV1", clip: Clip("\(source("640x360")) -c:v libsvtav1 -preset 12 -crf 20")),
    ]

    private static func interlaced(_ first: String) -> Clip {
        Clip(
            "\(source("640x360", rate: "60")) -vf interlace=scan=\(first),format=yuv420p -c:v mpeg2video -flags +ildct+ilme -q:v 2"
                + (first == "bff" ? " -top 0" : " -top 1"), as: "ts")
    }

    private static let scanned = [
        QualityCase(name: "interlaced, top first", clip: interlaced("tff"), before: "bwdif=mode=send_frame"),
        QualityCase(name: "interlaced, bottom first", clip: interlaced("bff"), before: "bwdif=mode=send_frame"),
    ]
}
