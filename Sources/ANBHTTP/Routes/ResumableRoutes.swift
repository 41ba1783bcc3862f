import ANBCore
import HTTPTypes
import Hummingbird

/// Uploads that survive their connections, by tus 1.0, and uploads straight to the object store.
struct ResumableRoutes: Sendable {
    static let path = "/api/videos/uploads"

    let uploads: ResumableUploads
    let bodies: BodyReader
    let limits: RequestLimits
    let links: Links
    let uploadBytesMax: Int64

    var all: [Route] {
        [
            Route(.options, Self.path, .anyone, Self.options, success: .empty(.noContent), capabilities),
            Route(.options, "\(Self.path)/:id", .anyone, nil, capabilities),
            Route(.post, Self.path, .signedIn, Self.create, success: .init(UploadSessionAnswer.self, status: .created), create),
            Route(.head, "\(Self.path)/:id", .signedIn, Self.head, success: .empty(.ok), head),
            Route(.patch, "\(Self.path)/:id", .signedIn, Self.patch, success: .empty(.noContent), patch),
            Route(.delete, "\(Self.path)/:id", .signedIn, Self.delete, success: .empty(.noContent), delete),
            Route(.post, "\(Self.path)/:id", .signedIn, nil, overridden),
            Route(.post, "\(Self.path)/:id/complete", .signedIn, Self.complete, status: .accepted, complete),
        ]
    }

    // MARK: - Beginning

    private func capabilities(_: Call) async throws -> Response {
        Response(status: .noContent, headers: Tus.capabilities(uploadBytesMax: uploadBytesMax))
    }

    /// A JSON body announces an upload in the words of the API; everything else is tus.
    private func create(_ call: Call) async throws -> Response {
        let type = BodyReader.mediaType(call.request)
        if type == "application/json", call.request.headers[.tusResumable] == nil { return try await announce(call) }
        try Tus.checkVersion(call.request.headers)
        let announcement = try Self.announcement(call.request.headers)
        let standing = try await limits.upload(call)
        let begun = try await uploads.begin(announcement, for: call.identity)
        guard type == Tus.mediaType else { return try answer(begun.session, call, standing) }
        do {
            let added = try await add(to: begun.session.id, offset: 0, call)
            return try answer(added.session, call, standing, progress: Self.fields(added))
        } catch {
            // Its address is not known to anyone yet.
            try? await uploads.terminate(begun.session.id, for: call.identity)
            throw error
        }
    }

    private static func announcement(_ fields: HTTPFields) throws -> ResumableUploads.Announcement {
        guard fields[.uploadDeferLength] == nil else {
            throw ANBError(.invalidRequest, "The size must be known at the beginning: send Upload-Length.")
        }
        let byteCount = try Tus.number(.uploadLength, fields)
        let metadata = try TusMetadata(fields[.uploadMetadata])
        try metadata.checkFileType()
        return .init(title: try metadata.title(), byteCount: byteCount, metadata: metadata.text)
    }

    private func announce(_ call: Call) async throws -> Response {
        let body = try await bodies.json(call.request, as: UploadAnnouncementBody.self)
        try FileType.check(body.contentType, "content_type")
        let standing = try await limits.upload(call)
        let announcement = ResumableUploads.Announcement(title: body.title, byteCount: body.byteCount)
        guard uploads.takesDirectUploads else {
            return try answer(try await uploads.begin(announcement, for: call.identity).session, call, standing)
        }
        let begun = try await uploads.beginDirect(announcement, checksums: body.partChecksums, for: call.identity)
        return try answer(begun.standing.session, call, standing, parts: begun.parts)
    }

    private func answer(
        _ session: UploadSession, _ call: Call, _ standing: HTTPFields, progress: HTTPFields? = nil,
        parts: [ResumableUploads.DirectPart]? = nil
    ) throws -> Response {
        let path = "\(Self.path)/\(session.id)"
        let answer = UploadSessionAnswer(session, url: links.base(for: call) + path, parts: parts)
        let progress = progress ?? [.uploadExpires: Tus.date(session.expiresAt)]
        return try JSONAnswer.response(answer, status: .created, headers: [.location: path] + standing + progress)
    }

    // MARK: - One upload by tus

    private func head(_ call: Call) async throws -> Response {
        try Tus.checkVersion(call.request.headers)
        let standing = try await uploads.standing(of: call.identifier("id"), for: call.identity)
        var fields = Self.fields(standing)
        fields[.uploadLength] = String(standing.session.byteCount)
        fields[.uploadMetadata] = standing.session.metadata
        return Response(status: .ok, headers: fields)
    }

    private func patch(_ call: Call) async throws -> Response {
        try Tus.checkVersion(call.request.headers)
        try Tus.checkMediaType(BodyReader.mediaType(call.request))
        let offset = try Tus.number(.uploadOffset, call.request.headers)
        return Response(status: .noContent, headers: Self.fields(try await add(to: call.identifier("id"), offset: offset, call)))
    }

    private func add(to id: VideoID, offset: Int64, _ call: Call) async throws -> ResumableUploads.Standing {
        let request = call.request
        let addition = ResumableUploads.Addition(
            offset: offset, byteCount: request.headers[.contentLength].flatMap(Int64.init),
            checksum: try Tus.checksum(request.headers), correlationID: call.correlationID)
        return try await uploads.add(addition, to: id, for: call.identity) { [bodies] writer in
            _ = try await bodies.stream(request.body, into: writer) { try await $0.append($1) }
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try Tus.checkVersion(call.request.headers)
        try await uploads.terminate(call.identifier("id"), for: call.identity)
        return Response(status: .noContent)
    }

    /// For clients whose surroundings know no other method than POST.
    private func overridden(_ call: Call) async throws -> Response {
        switch call.request.headers[.methodOverride]?.uppercased() {
        case "PATCH": return try await patch(call)
        case "DELETE": return try await delete(call)
        case "HEAD": return try await head(call)
        default: throw ANBError(.methodNotAllowed, "Only DELETE, HEAD, PATCH is possible here.")
        }
    }

    private static func fields(_ standing: ResumableUploads.Standing) -> HTTPFields {
        var fields: HTTPFields = [.uploadOffset: String(standing.offset)]
        if let accepted = standing.accepted {
            fields[.videoID] = "\(accepted.videoID)"
            fields[.taskID] = "\(accepted.jobID)"
        } else {
            fields[.uploadExpires] = Tus.date(standing.session.expiresAt)
        }
        return fields
    }

    // MARK: - The end

    private func complete(_ call: Call) async throws -> Reply<UploadAnswer> {
        let accepted = try await uploads.complete(
            call.identifier("id"), for: call.identity, correlationID: call.correlationID)
        return Reply(accepted)
    }
}

extension Reply<UploadAnswer> {
    /// Seconds after which a look at the task is worth it.
    private static let lookAgainSeconds = 2

    init(_ accepted: VideoUploads.Accepted, _ more: HTTPFields = [:]) {
        let signs: HTTPFields = [
            .location: "/api/videos/\(accepted.videoID)", .retryAfter: String(Self.lookAgainSeconds),
        ]
        self.init(UploadAnswer(videoID: accepted.videoID, taskID: accepted.jobID), headers: signs + more)
    }
}
