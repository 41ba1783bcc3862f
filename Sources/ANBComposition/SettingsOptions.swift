public import ArgumentParser

/// The options that every command with settings has.
public struct SettingsOptions: ParsableArguments {
    @Option(name: .customLong("settings"), help: "A file of NAME=value lines; the environment wins over it.")
    public var path: String?

    public init() {}

    /// - Parameter arguments: Values of other options, by setting; `nil` leaves a setting to the other sources.
    public func sources(_ arguments: [Setting: String?] = [:]) async throws -> SettingSources {
        let given = arguments.compactMap { setting, value in value.map { (setting.name, $0) } }
        return try await SettingSources(arguments: Dictionary(uniqueKeysWithValues: given), filePath: path)
    }
}
