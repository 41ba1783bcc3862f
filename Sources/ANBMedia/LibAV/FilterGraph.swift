import ANBCore
import CFFmpeg

/// A libavfilter graph with named ends.
///
/// Descriptions are built from numbers and fixed words only; no text of a user or a file ever reaches one.
final class FilterGraph {
    private var graph: UnsafeMutablePointer<AVFilterGraph>?

    /// - Parameters:
    ///   - description: Sources are `buffer@NAME=…`, sinks `buffersink@NAME`.
    ///   - threads: That one filter may use; more than one pays for heavy filters only.
    init(_ description: String, threads: Int = 1) throws {
        LibAV.prepare
        graph = try LibAV.allocated(avfilter_graph_alloc(), "a filter graph")
        graph?.pointee.nb_threads = Int32(clamping: threads)
        do {
            var inputs: UnsafeMutablePointer<AVFilterInOut>?
            var outputs: UnsafeMutablePointer<AVFilterInOut>?
            defer {
                avfilter_inout_free(&inputs)
                avfilter_inout_free(&outputs)
            }
            try LibAV.check(avfilter_graph_parse2(graph, description, &inputs, &outputs), "filter graph \(description)")
            try LibAV.check(avfilter_graph_config(graph, nil), "filter graph \(description)")
        } catch {
            avfilter_graph_free(&graph)
            throw error
        }
    }

    deinit { avfilter_graph_free(&graph) }

    /// The source description for frames of this size and format.
    static func source(
        _ name: String, width: Int, height: Int, format: AVPixelFormat, timeBase: AVRational = AVRational(num: 1, den: 30)
    ) -> String {
        "buffer@\(name)=video_size=\(width)x\(height):pix_fmt=\(format.rawValue)"
            + ":time_base=\(timeBase.num)/\(timeBase.den):pixel_aspect=1/1"
    }

    /// Hands over a reference; the caller keeps its frame.
    func push(_ frame: borrowing Frame, to name: String) throws {
        let code = av_buffersrc_add_frame_flags(try end("buffer@", name), frame.pointer, Int32(AV_BUFFERSRC_FLAG_KEEP_REF))
        try LibAV.check(code, "filter input")
    }

    /// No frame will follow; `time` is where the last one ends, in the source's time base.
    func close(_ name: String, at time: Int64) throws {
        try LibAV.check(av_buffersrc_close(try end("buffer@", name), time, 0), "filter end")
    }

    /// - Returns: false when the graph needs more input, or has ended.
    func pull(into frame: borrowing Frame, from name: String) throws -> Bool {
        frame.clear()
        let code = av_buffersink_get_frame(try end("buffersink@", name), frame.pointer)
        if code == anb_error_again || code == anb_error_end { return false }
        try LibAV.check(code, "filter output")
        return true
    }

    func timeBase(of sink: String) throws -> AVRational {
        av_buffersink_get_time_base(try end("buffersink@", sink))
    }

    private func end(_ kind: String, _ name: String) throws -> UnsafeMutablePointer<AVFilterContext> {
        try LibAV.allocated(avfilter_graph_get_filter(graph, kind + name), "filter \(kind)\(name)")
    }
}
