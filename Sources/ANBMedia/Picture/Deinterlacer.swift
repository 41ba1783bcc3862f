import CFFmpeg

/// Turns interlaced pictures into progressive ones at the same rate.
final class Deinterlacer {
    private let graph: FilterGraph
    private let outputTimeBase: AVRational
    private let inputTimeBase: AVRational
    private let shape: FitFilter.Shape

    init(_ frame: borrowing Frame, timeBase: AVRational, threads: Int) throws {
        inputTimeBase = timeBase
        shape = FitFilter.Shape(frame)
        let source = FilterGraph.source(
            "in", width: frame.width, height: frame.height, format: frame.format, timeBase: timeBase)
        graph = try FilterGraph("\(source),bwdif=mode=send_frame:parity=auto:deint=interlaced,buffersink@out", threads: threads)
        outputTimeBase = try graph.timeBase(of: "out")
    }

    /// The filter must not see a picture of another shape than the first.
    func takes(_ frame: borrowing Frame) -> Bool { FitFilter.Shape(frame) == shape }

    /// - Parameter frame: Of the first one's shape.
    func push(_ frame: borrowing Frame) throws { try graph.push(frame, to: "in") }

    /// - Parameter time: Where the last picture ends, in the source's time base.
    func close(at time: Int64) throws { try graph.close("in", at: time) }

    /// - Parameter frame: Receives a picture whose `pts` is in the source's time base.
    func pull(into frame: borrowing Frame) throws -> Bool {
        guard try graph.pull(into: frame, from: "out") else { return false }
        frame.pointer.pointee.pts = av_rescale_q(frame.pointer.pointee.pts, outputTimeBase, inputTimeBase)
        return true
    }
}
