import ANBComposition
import ANBCore
import ArgumentParser

/// `anb-api user grant EMAIL ROLE`.
struct UserGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Gives an account a role; servers notice within five seconds.")

    @OptionGroup var choice: RoleChoice

    func run() async throws {
        try await choice.carryOut { try await $0.grant(choice.role, to: choice.email, reason: choice.reason) }
    }
}

/// `anb-api user revoke EMAIL ROLE`.
struct UserRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes a role away; servers notice within five seconds.")

    @OptionGroup var choice: RoleChoice

    func validate() throws {
        if choice.role == .player { throw ValidationError("Every account is a player; that cannot be revoked.") }
    }

    func run() async throws {
        try await choice.carryOut { try await $0.revoke(choice.role, from: choice.email, reason: choice.reason) }
    }
}

/// Whose role, which, and why.
struct RoleChoice: ParsableArguments {
    @Argument(help: "The account's e-mail.")
    var email: String

    @Argument(help: "The role: \(User.Role.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role: User.Role

    @Option(help: "Why, for the audit log; no names or addresses, please.")
    var reason = ""

    @OptionGroup var settings: SettingsOptions

    func carryOut(_ action: (Roles) async throws -> User) async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            let user = try await withDatabase(settings) { try await action(Roles(database: $0)) }
            print("\(user.email): \(user.roles.map(\.rawValue).joined(separator: ", "))")
        }
    }
}
