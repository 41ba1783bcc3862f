import ANBCore
import HTTPTypes
import Hummingbird

/// Serves objects of stores that have no server of their own, to whoever holds a signed URL.
struct MediaRoutes: Sendable {
    let objects: any ObjectStore
    let signer: LocalURLSigner
    let clock: any WallClock

    var all: [Route] {
        [
            Route(.get, "\(LocalURLSigner.pathPrefix)**", .anyone, nil, get),
            Route(.head, "\(LocalURLSigner.pathPrefix)**", .anyone, nil, head),
        ]
    }

    private func get(_ call: Call) async throws -> Response {
        let info = try await objects.info(verifiedKey(call))
        if call.request.headers[.ifNoneMatch]?.contains(Self.tag(of: info)) == true {
            return Response(status: .notModified, headers: headers(for: info))
        }
        return try await answer(Self.range(call.request, of: info), of: info)
    }

    private func head(_ call: Call) async throws -> Response {
        let info = try await objects.info(verifiedKey(call))
        var headers = headers(for: info)
        headers[.contentLength] = String(info.byteCount)
        return Response(status: .ok, headers: headers)
    }

    /// - Throws: `notFound` for what can be no object, `forbidden` for a URL that is not, or no longer, ours.
    private func verifiedKey(_ call: Call) throws -> ObjectKey {
        let path = call.request.uri.path.dropFirst(LocalURLSigner.pathPrefix.count)
        guard let key = try? ObjectKey(String(path)) else { throw ANBError(.notFound, "There is nothing at this address.") }
        let values = try FormValues(call.request.uri.query ?? "")
        guard let expires = values["expires"].flatMap(Int64.init), let signature = values["signature"],
            signer.verify(key: key, expires: expires, signature: signature, now: clock.now)
        else { throw ANBError(.forbidden, "This link is not valid, or no longer. Ask for a new one.") }
        return key
    }

    private func answer(_ range: ByteRange, of info: ObjectInfo) async throws -> Response {
        var headers = headers(for: info)
        switch range {
        case .everything:
            return Response(status: .ok, headers: headers, body: Self.body(try await objects.read(info.key)))
        case .part(let part):
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(info.byteCount)"
            let body = try await objects.read(info.key, range: part)
            return Response(status: .partialContent, headers: headers, body: Self.body(body))
        case .unsatisfiable:
            let problem = Problem(
                .rangeNotSatisfiable, detail: "The object has \(info.byteCount) bytes.", code: .rangeNotSatisfiable)
            var response = problem.response
            response.headers[.contentRange] = "bytes */\(info.byteCount)"
            return response
        }
    }

    /// With `If-Range`, a range of another version of the object is no use.
    private static func range(_ request: Request, of info: ObjectInfo) -> ByteRange {
        if let version = request.headers[.ifRange], version != tag(of: info) { return .everything }
        return ByteRange(request.headers[.range], byteCount: info.byteCount)
    }

    private func headers(for info: ObjectInfo) -> HTTPFields {
        [
            .acceptRanges: "bytes", .contentType: Self.mediaType(of: info.key), .eTag: Self.tag(of: info),
            .cacheControl: "private, max-age=3600",
        ]
    }

    /// Objects are never changed in place, so size and time of writing tell versions apart.
    private static func tag(of info: ObjectInfo) -> String {
        "\"\(String(info.byteCount, radix: 36))-\(String(info.modifiedAt.milliseconds, radix: 36))\""
    }

    private static func body(_ object: ObjectBody) -> ResponseBody {
        ResponseBody(contentLength: Int(object.byteCount)) { writer in
            for try await chunk in object.chunks { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
    }

    /// By the key's extension, which the platform chose by content.
    private static func mediaType(of key: ObjectKey) -> String {
        switch key.description.split(separator: ".").last {
        case "mp4": "video/mp4"
        case "mov": "video/quicktime"
        case "matroska": "video/x-matroska"
        case "avi": "video/x-msvideo"
        case "mpegts": "video/mp2t"
        case "mpeg": "video/mpeg"
        case "jpg": "image/jpeg"
        default: "application/octet-stream"
        }
    }
}
