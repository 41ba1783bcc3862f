import ANBCore
import ANBTesting
import Crypto
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

/// Every registered route × every kind of caller: the answers are those of ``AuthorisationTable``.
@Suite struct AuthorisationTests {
    @Test func everyRouteHasARowAndEveryRowARoute() async throws {
        try await withStage { stage in
            let routes = Set(stage.routes.all.map { AuthorisationTable.key(of: $0.method, $0.path) })
            #expect(routes == Set(AuthorisationTable.rows.keys))
        }
    }

    @Test func everyRouteAnswersEveryCallerAsTheTableSays() async throws {
        try await withStage { stage in
            for route in stage.routes.all {
                guard let row = AuthorisationTable.rows[AuthorisationTable.key(of: route.method, route.path)] else { continue }
                for caller in AuthorisationTable.Caller.allCases {
                    let cast = try await Cast(stage)
                    let answer = try await cast.send(route, token: cast.person(caller).accessToken)
                    #expect(answer.status == row.status(caller), "\(route.method) \(route.path), \(caller): \(answer.text)")
                }
            }
        }
    }

    @Test func noRouteTakesATokenThatDoesNotHold() async throws {
        try await withStage { stage in
            let cast = try await Cast(stage)
            for (name, token) in try await BadTokens(stage, cast.person(.admin), bystander: cast.person(.jury)).all {
                for route in stage.routes.all {
                    guard let row = AuthorisationTable.rows[AuthorisationTable.key(of: route.method, route.path)] else {
                        continue
                    }
                    let answer = try await cast.send(route, token: token)
                    #expect(answer.status == row.anonymous, "\(route.method) \(route.path), \(name): \(answer.text)")
                }
            }
        }
    }
}

/// An owner with a published video, and everybody else.
private struct Cast: Sendable {
    let stage: Stage
    let video: Video
    let session: SessionID
    let upload: VideoID
    private let people: [AuthorisationTable.Caller: Person]

    init(_ stage: Stage) async throws {
        self.stage = stage
        var people: [AuthorisationTable.Caller: Person] = [:]
        for caller in AuthorisationTable.Caller.allCases {
            let email = "\(caller)-\(UUID().uuidString)@example.com".lowercased()
            let person = try await stage.signUp(email)
            if let role = User.Role(rawValue: caller.rawValue) { try await stage.grant(role, person) }
            people[caller] = person
        }
        self.people = people
        let owner = try #require(people[.owner])
        let id = try await stage.publishedVideo(of: owner)
        video = try #require(try await stage.contest.backends.database.read { try $0.video(id) })
        let path = try await stage.begin(1000, as: owner)
        upload = try #require(path.split(separator: "/").last.flatMap { VideoID(String($0)) })
        session = try await stage.tokens.verify(owner.accessToken).sessionID
    }

    func person(_ caller: AuthorisationTable.Caller) throws -> Person { try #require(people[caller]) }

    func send(_ route: Route, token: String?) async throws -> Answer {
        let isTus = route.path.hasPrefix("\(Stage.tusPath)/")
        let hasBody = [.post, .patch].contains(route.method) || route.operation?.bodies.isEmpty == false
        let type = isTus && route.method == .patch ? Stage.tusType : "application/json"
        return try await stage.send(
            route.method, path(of: route), token: token, type: hasBody ? type : nil,
            headers: isTus ? [.tusResumable: Tus.version, .uploadOffset: "0"] : [:],
            body: hasBody ? ByteBuffer(string: "{}") : nil)
    }

    private func path(of route: Route) -> String {
        let id =
            if route.path.contains("/uploads/") { "\(upload)" } else if route.path.contains("/tasks/") {
                "\(video.jobID)"
            } else if route.path.contains("/sessions/") { "\(session)" } else {
                "\(video.id)"
            }
        return route.path.replacing(":id", with: id).replacing("**", with: "\(video.originalKey)")
            .replacing(":version", with: "1").replacing(":name", with: "x.js")
    }
}

/// Tokens of an admin, each with one thing wrong.
private struct BadTokens {
    let all: [(String, String?)]

    init(_ stage: Stage, _ admin: Person, bystander: Person) async throws {
        let good = try await stage.tokens.verify(admin.accessToken)
        let user = try #require(try await stage.contest.backends.database.read { try $0.user(admin.id) })
        func issued(_ settings: TokenSettings) async throws -> String {
            try await AccessTokens(
                secret: AccessTokensTests.secret, settings: settings, clock: stage.clock, ids: SystemIDs()
            ).issue(user, sessionID: good.sessionID)
        }
        func resigned(_ algorithm: String) throws -> String {
            let head = Self.base64URL(Data(#"{"alg":"\#(algorithm)","typ":"JWT"}"#.utf8))
            let unsigned = "\(head).\(admin.accessToken.split(separator: ".")[1])"
            let key = SymmetricKey(data: Data(AccessTokensTests.secret.utf8))
            let signature: Data =
                switch algorithm {
                case "none": Data()
                case "HS512": Data(HMAC<SHA512>.authenticationCode(for: Data(unsigned.utf8), using: key))
                default: Data(HMAC<SHA256>.authenticationCode(for: Data(unsigned.utf8), using: key))
                }
            return "\(unsigned).\(Self.base64URL(signature))"
        }
        let parts = admin.accessToken.split(separator: ".")
        let ended = try await stage.logIn(bystander.email)
        try await stage.contest.accounts.logOut(stage.tokens.verify(ended.accessToken))
        all = [
            ("no token", nil), ("no JWT", "x"), ("a refresh token", admin.refreshToken),
            ("expired", try await issued(TokenSettings(accessSeconds: 0))),
            ("another audience", try await issued(TokenSettings(audience: "another"))),
            ("another issuer", try await issued(TokenSettings(issuer: "another"))),
            ("HS512", try resigned("HS512")), ("RS256 by name", try resigned("RS256")), ("none", try resigned("none")),
            ("no signature", "\(parts[0]).\(parts[1])."),
            ("another's signature", "\(parts[0]).\(parts[1]).\(bystander.signature)"),
            ("an ended session", ended.accessToken),
        ]
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension Person {
    fileprivate var signature: Substring { accessToken.split(separator: ".")[2] }
}
