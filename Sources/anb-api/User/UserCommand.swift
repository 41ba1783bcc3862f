public import ANBCore
public import ArgumentParser

/// `anb-api user`: who may do more than play and vote.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Grants, revokes and lists roles.",
        subcommands: [UserGrantCommand.self, UserRevokeCommand.self, UserListCommand.self])
}

extension User.Role: ExpressibleByArgument {}
