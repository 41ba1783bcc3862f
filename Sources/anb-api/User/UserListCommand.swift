import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api user list`.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists accounts that have more than the role player, the oldest first.")

    @Option(help: "Only who has this role.")
    var role: User.Role?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let users = try await withDatabase(settings) { try await Roles(database: $0).list(role) }.map(Line.init)
            if json { return print(try JSONText.of(users)) }
            for user in users { print("\(user.id)\t\(user.email)\t\(user.roles.joined(separator: ","))") }
        }
    }

    private struct Line: Encodable {
        var id: String
        var email: String
        var roles: [String]

        init(_ user: User) {
            id = user.id.description
            email = user.email
            roles = user.roles.map(\.rawValue)
        }
    }
}
