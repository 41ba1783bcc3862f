import ANBCore
import CFFmpeg

/// The mark in the lower right corner: one picture with alpha, already at its final size.
final class Watermark {
    /// Shares of the canvas the mark may fill; larger pictures are scaled down.
    private static let widthShareMax = 0.25
    private static let heightShareMax = 0.2

    private let frame: Frame
    private let margin: Int

    /// - Parameters:
    ///   - picture: Any size and format; taken over.
    ///   - margin: Pixels between the mark and the right and lower edge.
    init(_ picture: borrowing Frame, margin: Int, canvas: (width: Int, height: Int)) throws {
        self.margin = margin
        frame = try Frame()
        let scale = min(
            1, Double(canvas.width) * Self.widthShareMax / Double(picture.width),
            Double(canvas.height) * Self.heightShareMax / Double(picture.height))
        let width = max(2, Int(Double(picture.width) * scale) / 2 * 2)
        let height = max(2, Int(Double(picture.height) * scale) / 2 * 2)
        let source = FilterGraph.source("in", width: picture.width, height: picture.height, format: picture.format)
        let graph = try FilterGraph(
            "\(source),scale=\(width):\(height):flags=bicubic:out_color_matrix=bt709:out_range=limited,"
                + "format=yuva420p,buffersink@out")
        picture.pointer.pointee.pts = 0
        try graph.push(picture, to: "in")
        guard try graph.pull(into: frame, from: "out") else { throw LibAV.missingOutput("watermark") }
    }

    /// The part of a graph that lays the mark over `[main]`.
    func overlay(canvas: (width: Int, height: Int)) -> String {
        let source = FilterGraph.source("mark", width: frame.width, height: frame.height, format: frame.format)
        let left = max(0, canvas.width - margin - frame.width) / 2 * 2
        let top = max(0, canvas.height - margin - frame.height) / 2 * 2
        return "\(source)[mark];[main][mark]overlay=\(left):\(top):format=yuv420:eof_action=repeat"
    }

    /// Hands the one picture to a graph that holds ``overlay(canvas:)``.
    func feed(_ graph: FilterGraph) throws {
        frame.pointer.pointee.pts = 0
        try graph.push(frame, to: "mark")
        try graph.close("mark", at: 1)
    }
}
