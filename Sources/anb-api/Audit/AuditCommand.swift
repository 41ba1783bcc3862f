public import ANBCore
public import ArgumentParser

/// `anb-api audit`: the log of what was done by whom.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks and shows the audit log.",
        subcommands: [AuditVerifyCommand.self, AuditListCommand.self])
}

/// `SEQUENCE:HASH`, as `verify` prints it.
extension AuditHead: ExpressibleByArgument {
    public init?(argument: String) {
        let parts = argument.split(separator: ":")
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1].count == 64 else { return nil }
        self.init(sequence: sequence, hash: String(parts[1]))
    }
}
