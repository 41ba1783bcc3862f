import ANBCore
import ANBHTTP
import HTTPTypes
import Hummingbird

/// The club's own Hummingbird application with the contest beside its routes. Its members are the contest's people: there
/// are no other accounts, passwords or tokens.
func makeClubApp(_ club: Club, contest: Contest, mediaSigner: LocalURLSigner) -> some ApplicationProtocol {
    let router = Router()
    router.get("/") { request, _ in
        "Hello, \(club.member(withKey: request.headers[.clubKey])?.name ?? "stranger")!"
    }
    ContestRoutes(
        contest: contest,
        caller: { request in
            guard let member = club.member(withKey: request.headers[.clubKey]) else { return nil }
            let account = try await contest.accounts.admit(
                .init(
                    id: UserID(member.id), email: member.email, firstName: member.name, lastName: "Member", city: "Cali",
                    country: "Colombia"))
            return Identity(account)
        },
        readiness: Readiness(contest.backends), mediaSigner: mediaSigner
    ).add(to: router)
    return Application(router: router)
}

extension HTTPField.Name {
    /// How the club's clients say who they are.
    static var clubKey: HTTPField.Name { HTTPField.Name("x-club-key") ?? .authorization }
}
