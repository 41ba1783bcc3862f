import ANBCore
import HTTPTypes
import Hummingbird

/// The upload of a video as one form.
struct UploadRoutes: Sendable {
    /// Seconds after which a look at the task is worth it.
    private static let lookAgainSeconds = 2

    let uploads: VideoUploads
    let authenticator: Authenticator
    let bodies: BodyReader

    var all: [Route] { [Route(.post, "/api/videos/upload", upload)] }

    /// Nothing of the body is read before the caller is known and the declared size is accepted.
    private func upload(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let request = call.request
        let details = VideoUploads.Details(
            idempotencyKey: request.headers[.idempotencyKey], correlationID: call.correlationID)
        let accepted = try await uploads.accept(
            from: identity, declaredByteCount: request.headers[.contentLength].flatMap(Int64.init), details: details
        ) { sink in
            let form = try UploadForm(contentType: request.headers[.contentType], sink: sink)
            return try await bodies.stream(request.body, into: form) { try await $0.append($1) }.finish()
        }
        return try JSONAnswer.response(
            UploadAnswer(videoID: accepted.videoID, taskID: accepted.jobID), status: .accepted,
            headers: [.location: "/api/videos/\(accepted.videoID)", .retryAfter: String(Self.lookAgainSeconds)])
    }
}
