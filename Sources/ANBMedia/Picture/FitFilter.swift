import CFFmpeg

/// Brings decoded pictures of one shape into the canvas: scale, tone-map, turn, pad, watermark.
final class FitFilter {
    /// What a graph is built for; a picture that differs needs another graph.
    struct Shape: Hashable {
        let width: Int
        let height: Int
        let format: AVPixelFormat.RawValue
        let color: ColorDescription

        init(_ frame: borrowing Frame) {
            width = frame.width
            height = frame.height
            format = frame.format.rawValue
            color = ColorDescription(frame)
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
    init(
        _ shape: Shape, display: DisplaySize, orientation: Orientation, canvas: (width: Int, height: Int),
        watermark: Watermark?
    ) throws {
        self.shape = shape
        staging = try Frame()
        let fit = PictureFit(displayWidth: display.width, displayHeight: display.height, canvas: canvas)
        let steps =
            Self.colorAndSize(shape.color, fit, orientation) + orientation.filters
            + ["pad=\(canvas.width):\(canvas.height):\(fit.left):\(fit.top):black", "setsar=1"]
        let source = FilterGraph.source(
            "in", width: shape.width, height: shape.height, format: AVPixelFormat(shape.format))
        let fitted = ([source] + steps).joined(separator: ",")
        guard let watermark else {
            graph = try FilterGraph("\(fitted),buffersink@out")
            return
        }
        graph = try FilterGraph("\(fitted)[main];\(watermark.overlay(canvas: canvas)),buffersink@out")
        try watermark.feed(graph)
    }

    /// - Parameter fitted: Receives the picture at the canvas size, yuv420p, BT.709, limited range.
    func fit(_ frame: borrowing Frame, into fitted: borrowing Frame) throws {
        try staging.share(frame)
        staging.pointer.pointee.pts = count
        count += 1
        try graph.push(staging, to: "in")
        staging.clear()
        guard try graph.pull(into: fitted, from: "out") else { throw LibAV.missingOutput("fit") }
    }

    private static func colorAndSize(_ color: ColorDescription, _ fit: PictureFit, _ orientation: Orientation) -> [String] {
        let (width, height) = orientation.swapsSides ? (fit.height, fit.width) : (fit.width, fit.height)
        let size = "scale=\(width):\(height):flags=bicubic"
        guard color.isHighDynamicRange else {
            return [
                "\(size):in_color_matrix=\(color.matrix):in_range=\(color.isFullRange ? "full" : "limited")"
                    + ":out_color_matrix=bt709:out_range=limited", "format=yuv420p",
            ]
        }
        let transfer = color.transfer == .perceptualQuantizer ? "smpte2084" : "arib-std-b67"
        return [
            // Scaled first: mapping tones at the source's size would cost several times as much.
            size, "format=yuv444p16le",
            "zscale=tin=\(transfer):min=2020_ncl:pin=2020:rin=\(color.isFullRange ? "full" : "limited")"
                + ":t=linear:npl=100",
            "format=gbrpf32le", "zscale=p=709", "tonemap=hable:desat=0",
            "zscale=t=709:m=709:r=limited", "format=yuv420p",
        ]
    }
}
