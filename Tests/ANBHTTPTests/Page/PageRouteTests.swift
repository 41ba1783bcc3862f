import ANBCore
import ANBPage
import ANBTesting
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct PageRouteTests {
    @Test(arguments: PageRoutes.addresses) func everyAddressGetsTheDocument(address: String) async throws {
        try await withStage { stage in
            let answer = try await stage.get(address)
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "text/html; charset=utf-8")
            #expect(answer["cache-control"] == "no-cache")
            #expect(answer.text.contains("<title>ANB Rising Stars Showcase</title>"))
            #expect(!answer.text.contains("/assets/version/"))
            #expect(!answer.text.contains("<!-- head -->"))
            let again = try await stage.get(address, headers: [.ifNoneMatch: try #require(answer["etag"])])
            #expect(again.status == 304)
            #expect(again.text == "")
        }
    }

    @Test func thePolicyAllowsOwnFilesAndNothingElse() async throws {
        try await withStage { stage in
            let policy = try #require(try await stage.get("/")["content-security-policy"])
            for part in [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
                "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            ] { #expect(policy.split(separator: "; ").map(String.init).contains(part), "\(policy)") }
            #expect(!policy.contains("unsafe"))
            #expect(!policy.contains("*"))
        }
    }

    @Test func thePolicyNamesWhereMediaComesFrom() async throws {
        try await withStage {
            $0.http = HTTPSettings(publicBaseURL: "https://cdn.example.com:8443/")
        } _: { stage in
            let policy = try #require(try await stage.get("/")["content-security-policy"])
            #expect(policy.contains("img-src 'self' https://cdn.example.com:8443;"))
            #expect(policy.contains("media-src 'self' https://cdn.example.com:8443 blob:"))
        }
    }

    @Test(arguments: [
        ("https://b.s3.amazonaws.com/k?X-Amz=1", "https://b.s3.amazonaws.com"), ("http://[::1]:9000/b/k", "http://[::1]:9000"),
        ("/media/k", nil), ("javascript:alert(1)", nil), ("https://a b/", nil), ("", nil),
    ]) func originsOfURLs(url: String, origin: String?) {
        #expect(PagePolicy.origin(of: url) == origin)
    }

    @Test func theDocumentCarriesTheServersOwnRules() async throws {
        try await withStage {
            $0.rules.limits.uploadBytesMax = 7 << 20
            $0.rules.uploadPolicy = UploadPolicy(durationSecondsMin: 20, durationSecondsMax: 60, heightPixelsMin: 1080)
        } _: { stage in
            let text = try await stage.get("/upload").text
            for rule in [
                "upload_bytes_max&quot;:7340032", "seconds_min&quot;:20", "seconds_max&quot;:60",
                "short_side_pixels_min&quot;:1080",
            ] {
                #expect(text.contains(rule), "\(rule)")
            }
        }
    }

    @Test func featuresAreShownWhereTheServerHasThem() {
        let bare = PageRules(Contest.Rules(), paths: [])
        #expect(!bare.hasEvents && !bare.hasModeration)
        let paths: Set = ["/api/videos/:id/events", "/api/moderation/videos"]
        #expect(!PageRules(Contest.Rules(), paths: paths).hasModeration)
        let full = PageRules(Contest.Rules(isModerated: true), paths: paths)
        #expect(full.hasEvents && full.hasModeration)
    }

    // MARK: Links that people share

    @Test(arguments: [
        "<script>alert(1)</script>", "\" onload=\"x", "' & <b>", "\"\u{301} onload=x", "<\u{338}img src=x>",
        "<!-- head --> /assets/version/",
    ]) func aTitleIsTextInThePreview(title: String) async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana, title: title)
            let answer = try await stage.get("/videos/\(id)", headers: [.init("x-forwarded-proto")!: "https"])
            #expect(answer.status == 200)
            let escaped = title.unicodeScalars.map {
                ["<": "&lt;", ">": "&gt;", "&": "&amp;", "\"": "&quot;", "'": "&#39;"][$0] ?? String($0)
            }
            .joined()
            #expect(answer.text.contains("<meta property=\"og:title\" content=\"\(escaped)\">"), "\(answer.text.prefix(900))")
            #expect(answer.text.contains("<title>\(escaped) · Ana Gómez</title>"))
            #expect(answer.text.contains("/videos/\(id)/poster.jpg\">"))
        }
    }

    @Test func theHostOfARequestCannotBreakOut() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let answer = try await stage.get("/videos/\(id)", headers: [.init("x-forwarded-proto")!: "\"><script>"])
            #expect(answer.status == 200)
            #expect(!answer.text.contains("\"><script>"))
        }
    }

    @Test func whatIsNotPublishedHasNoPreview() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let hidden = try await stage.uploadedVideo(of: ana, title: "Secret move")
            for id in [hidden.description, "00000000-0000-4000-8000-000000000000", "x"] {
                let answer = try await stage.get("/videos/\(id)")
                #expect(answer.status == 404)
                #expect(answer["content-type"] == "text/html; charset=utf-8")
                #expect(answer.text.contains("noindex"))
                #expect(!answer.text.contains("Secret move"))
                try await stage.get("/videos/\(id)/poster.jpg").problem(404)
            }
        }
    }

    @Test func thePosterLeadsToASignedURL() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let answer = try await stage.get("/videos/\(id)/poster.jpg")
            #expect(answer.status == 302)
            #expect(answer["cache-control"] == "public, max-age=300")
            let location = try #require(answer["location"])
            let path = try #require(location.range(of: "/media/").map { String(location[$0.lowerBound...]) })
            #expect(try await stage.get(path).text == "fake poster.jpg")
        }
    }

    // MARK: Files

    @Test func filesOfThisVersionAreKeptForever() async throws {
        try await withStage { stage in
            for file in PageBundle.files {
                let path = "/assets/\(PageFiles.bundled.version)/\(file.name)"
                let answer = try await stage.get(path)
                #expect(answer.status == 200)
                #expect(answer.body.readableBytes == file.bytes.count)
                #expect(answer["cache-control"] == "public, max-age=31536000, immutable")
                #expect(
                    answer["content-type"]?.hasPrefix(
                        file.name.hasSuffix(".js") ? "text/javascript" : file.name.hasSuffix(".css") ? "text/css" : "image/svg")
                        == true)
                #expect(try await stage.get(path, headers: [.ifNoneMatch: try #require(answer["etag"])]).status == 304)
            }
            let other = try await stage.get("/assets/0123/app.js")
            #expect(other.status == 200)
            #expect(other["cache-control"] == "no-cache")
            for path in ["/assets/x/nothing.js", "/assets/x/index.html", "/assets/x/..%2Fapp.js", "/assets/x"] {
                try await stage.get(path).problem(404)
            }
        }
    }

    /// A file that is named and not there would break the page; one that is there and not named is dead.
    @Test func everyFileIsNamedAndEveryNameIsAFile() {
        let texts =
            [String(decoding: PageBundle.document, as: UTF8.self)]
            + PageBundle.files.map { String(decoding: $0.bytes, as: UTF8.self) }
        let all = texts.joined()
        let named = Set(all.matches(of: /[\/"'(]([a-z0-9-]+\.(?:js|css|svg))["')]/).map { String($0.output.1) })
        #expect(named == Set(PageBundle.files.map(\.name)))
        #expect(!all.contains("innerHTML"))
        #expect(
            all.matches(of: /https?:\/\//).count == all.matches(of: /http:\/\/www\.w3\.org\/2000\/svg/).count,
            "nothing from elsewhere")
    }

    @Test func theAuthServiceHasNoPage() async throws {
        try await withStage {
            $0.http.routes = .auth
        } _: { stage in
            try await stage.get("/").problem(404)
        }
    }
}
