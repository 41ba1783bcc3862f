import ANBCore
import HTTPTypes
import Hummingbird

/// The upload of a video as one form.
struct UploadRoutes: Sendable {
    let uploads: VideoUploads
    let bodies: BodyReader
    let limits: RequestLimits

    var all: [Route] {
        [
            Route(
                .post, "/api/videos/upload", .signedIn,
                Operation("uploadVideo", .videos, "Upload a video; it is stored when this answers, and processed afterwards")
                    .with(.idempotencyKey).taking(.uploadForm)
                    .refusing(.inProgress, .idempotencyMismatch, .mediaRejected, .overloaded, .rateLimited),
                status: .accepted, upload)
        ]
    }

    /// Nothing of the body is read before the caller is known and the declared size is accepted.
    private func upload(_ call: Call) async throws -> Reply<UploadAnswer> {
        let identity = try call.identity
        let standing = try await limits.upload(call)
        let request = call.request
        let details = VideoUploads.Details(
            idempotencyKey: request.headers[.idempotencyKey], correlationID: call.correlationID)
        let accepted = try await uploads.accept(
            from: identity, declaredByteCount: request.headers[.contentLength].flatMap(Int64.init), details: details
        ) { sink in
            let form = try UploadForm(contentType: request.headers[.contentType], sink: sink)
            return try await bodies.stream(request.body, into: form) { try await $0.append($1) }.finish()
        }
        return Reply(accepted, standing)
    }
}
