import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore

/// The web page. Its addresses all get the same document; the script in it decides what to show.
struct PageRoutes: Sendable {
    /// Beside the videos' own addresses.
    static let addresses = ["/", "/ranking", "/upload", "/login", "/signup", "/mine", "/moderation", "/status", "/password"]

    private let showcase: Showcase
    private let links: Links
    private let files = PageFiles.bundled
    private let rulesJSON: String
    private let posterSecondsMax: Int64

    /// - Parameter others: What else this server answers; the page shows what is there.
    init(showcase: Showcase, links: Links, rules: Contest.Rules, beside others: [Route]) {
        self.showcase = showcase
        self.links = links
        rulesJSON = PageRules(rules, paths: Set(others.map(\.path))).json
        posterSecondsMax = min(300, rules.limits.signedURLSeconds / 2)
    }

    var all: [Route] {
        Self.addresses.map { Route(.get, $0, .anyone, nil, shell) } + [
            Route(.get, "/videos/:id", .anyone, nil, video),
            Route(.get, "/videos/:id/poster.jpg", .anyone, nil, poster),
            Route(.get, "/assets/:version/:name", .anyone, nil, file),
        ]
    }

    private func shell(_ call: Call) async throws -> Response {
        await answer(PageDocument(files: files, rulesJSON: rulesJSON), to: call)
    }

    /// With a preview for links that people share. The status tells machines whether the video is there.
    private func video(_ call: Call) async throws -> Response {
        var document = PageDocument(files: files, rulesJSON: rulesJSON)
        do {
            document.preview = preview(of: try await showcase.video(call.identifier("id")), call)
        } catch let error as ANBError where error.code == .notFound {
            document.isFound = false
        }
        return await answer(document, to: call)
    }

    private func preview(of entry: PublicVideo, _ call: Call) -> PageDocument.Preview {
        let address = "\(links.base(for: call))/videos/\(entry.video.id)"
        return PageDocument.Preview(
            title: entry.video.title, player: entry.playerName, city: entry.city, url: address,
            posterURL: "\(address)/poster.jpg")
    }

    /// An address that stays, for previews that are kept longer than a signed URL works.
    private func poster(_ call: Call) async throws -> Response {
        let video = try await showcase.video(call.identifier("id")).video
        guard let url = try await links.url(forAny: video.publication?.posterKey, call) else {
            throw ANBError(.notFound, "This video has no picture.")
        }
        return Response(
            status: .found, headers: [.location: url, .cacheControl: "public, max-age=\(posterSecondsMax)"])
    }

    private func answer(_ document: PageDocument, to call: Call) async -> Response {
        let body = ByteBuffer(string: document.html)
        let policy = PagePolicy(mediaOrigins: await mediaOrigins(call))
        let headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
            .contentSecurityPolicy: policy.header, .eTag: PageFiles.tag(of: body.readableBytesView),
        ]
        return Self.response(document.isFound ? .ok : .notFound, headers, body, to: call.request)
    }

    /// Where published objects are read from; nothing when the store cannot tell right now.
    private func mediaOrigins(_ call: Call) async -> [String] {
        guard let key = try? ObjectKey("processed/page"), let url = try? await links.url(for: key, call),
            let origin = PagePolicy.origin(of: url)
        else { return [] }
        return [origin]
    }

    /// A file of another version is what an old document, or a document of another replica, asks for: it gets today's.
    private func file(_ call: Call) async throws -> Response {
        guard let file = call.parameters.get("name").flatMap({ files[$0] }) else {
            throw ANBError(.notFound, "There is nothing at this address.")
        }
        let isCurrent = call.parameters.get("version") == files.version
        let headers: HTTPFields = [
            .contentType: file.mediaType, .eTag: file.tag,
            .cacheControl: isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        return Self.response(.ok, headers, file.body, to: call.request)
    }

    private static func response(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer, to request: Request
    ) -> Response {
        if status == .ok { return .tagged(headers, body, to: request) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
