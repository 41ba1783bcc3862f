import ServiceContextModule
import Tracing

/// The step that makes an upload durable, as a span that its job's spans, made elsewhere, are below.
func withAcceptSpan(of video: Video, _ body: () async throws -> Void) async throws {
    let origin = TraceOrigin(correlationID: video.correlationID, span: "\(video.jobID)")
    try await withSpan("accept upload", context: origin.below(.current ?? .topLevel)) { span in
        span.attributes["anb.video_id"] = "\(video.id)"
        span.attributes["anb.job_id"] = "\(video.jobID)"
        try await body()
    }
}
