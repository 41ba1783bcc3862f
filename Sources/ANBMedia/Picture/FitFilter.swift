import CFFmpeg

/// Brings decoded pictures of one shape into the canvas: scale, tone-map, turn, pad, watermark.
final class FitFilter {
    /// What a graph is built for; a picture that differs needs another graph.
    struct Shape: Hashable {
        let width: Int
        let height: Int
        let format: AVPixelFormat.RawValue
        let color: ColorDescription
        /// Width over height of one pixel as the picture itself says; 1 when it does not.
        let pixelAspect: Double

        init(_ frame: borrowing Frame) {
            width = frame.width
            height = frame.height
            format = frame.format.rawValue
            color = ColorDescription(frame)
            let aspect = frame.pointer.pointee.sample_aspect_ratio
            pixelAspect = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1
        }

        /// Colours and format are the output's already; only the size may differ.
        var hasOutputColors: Bool {
            format == AV_PIX_FMT_YUV420P.rawValue && width % 2 == 0 && height % 2 == 0 && color.isStandard
        }
    }

    let shape: Shape
    private let graph: FilterGraph
    private let staging: Frame
    private var count: Int64 = 0

    /// - Parameters:
    ///   - shape: Of the pictures to come.
    ///   - display: The size they have on a screen.
    ///   - orientation: How they are turned.
    ///   - canvas: Pixels of the result.
    ///   - watermark: Laid over the lower right corner.
    ///   - threads: For pictures that need heavy work.
    init(
        _ shape: Shape, display: DisplaySize, orientation: Orientation, canvas: (width: Int, height: Int),
        watermark: Watermark?, threads: Int
    ) throws {
        self.shape = shape
        staging = try Frame()
        let fit = PictureFit(displayWidth: display.width, displayHeight: display.height, canvas: canvas)
        let steps =
            Self.colorAndSize(shape, fit, orientation) + orientation.filters
            + Self.padding(fit, canvas) + ["setsar=1"]
        let source = FilterGraph.source(
            "in", width: shape.width, height: shape.height, format: AVPixelFormat(shape.format))
        let fitted = ([source] + steps).joined(separator: ",")
        let threads = shape.color.isHighDynamicRange || shape.color.primaries != .standard ? threads : 1
        guard let watermark else {
            graph = try FilterGraph("\(fitted),buffersink@out", threads: threads)
            return
        }
        graph = try FilterGraph("\(fitted)[main];\(watermark.overlay(canvas: canvas)),buffersink@out", threads: threads)
        try watermark.feed(graph)
    }

    /// - Parameter fitted: Receives the picture at the canvas size, yuv420p, BT.709, limited range, and nothing else of the file's:
    ///   encoders would write its captions and colour profiles into ours.
    func fit(_ frame: borrowing Frame, into fitted: borrowing Frame) throws {
        try staging.share(frame)
        staging.pointer.pointee.pts = count
        count += 1
        try graph.push(staging, to: "in")
        staging.clear()
        guard try graph.pull(into: fitted, from: "out") else { throw LibAV.missingOutput("fit") }
        fitted.removeSideData()
    }

    private static func padding(_ fit: PictureFit, _ canvas: (width: Int, height: Int)) -> [String] {
        guard (fit.width, fit.height) != canvas else { return [] }
        return ["pad=\(canvas.width):\(canvas.height):\(fit.left):\(fit.top):black"]
    }

    private static func colorAndSize(_ shape: Shape, _ fit: PictureFit, _ orientation: Orientation) -> [String] {
        let (width, height) = orientation.swapsSides ? (fit.height, fit.width) : (fit.width, fit.height)
        guard !shape.hasOutputColors else {
            return (width, height) == (shape.width, shape.height) ? [] : [PictureScaler.filter(width: width, height: height)]
        }
        let color = shape.color
        let range = color.isFullRange ? "full" : "limited"
        let size = "scale=\(width):\(height):flags=bicubic"
        guard color.isHighDynamicRange else {
            let standard = [
                "\(size):in_color_matrix=\(color.matrix):in_range=\(range)"
                    + ":out_color_matrix=bt709:out_range=limited", "format=yuv420p",
            ]
            guard let primaries = color.primaries.wideName else { return standard }
            let from = "zscale=pin=\(primaries):tin=709:min=709:rin=limited"
            return standard + ["\(from):p=709:t=709:m=709:r=limited", "format=yuv420p"]
        }
        let transfer = color.transfer == .perceptualQuantizer ? "smpte2084" : "arib-std-b67"
        return [
            // Scaled first: mapping tones at the source's size would cost several times as much.
            "\(size):in_range=\(range):out_range=\(range)", "format=yuv444p16le",
            "zscale=tin=\(transfer):min=2020_ncl:pin=\(color.primaries.wideName ?? "2020"):rin=\(range)"
                + ":t=linear:npl=100",
            "format=gbrpf32le", "zscale=p=709", "tonemap=hable:desat=0",
            "zscale=t=709:m=709:r=limited", "format=yuv420p",
        ]
    }
}
