import ANBCore
import Configuration
public import Foundation
import SystemPackage

/// Where settings come from, strongest first: command line, environment, settings file, default.
public struct SettingSources: Sendable {
    /// A value and where it came from.
    public struct Found: Hashable, Sendable {
        public let text: String
        /// `command line`, `environment`, the file's name, or `default`.
        public let source: String
    }

    private struct Layer: Sendable {
        let label: String
        let reader: ConfigReader

        func text(_ name: String) -> String? {
            let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
            guard let text = reader.string(forKey: key), !text.isEmpty else { return nil }
            return text
        }
    }

    private let layers: [Layer]
    /// Names in the settings file that are no settings: misspelt, or of another program.
    let strangers: [String]

    /// - Parameters:
    ///   - arguments: Values given on the command line, by setting name.
    ///   - environment: The process environment, unless a test says otherwise.
    ///   - filePath: A file of `NAME=value` lines.
    /// - Throws: ``ANBError/Code/misconfigured`` when the file cannot be read.
    public init(
        arguments: [String: String] = [:], environment: [String: String] = ProcessInfo.processInfo.environment,
        filePath: String? = nil
    ) async throws {
        var layers = [
            Layer(label: "command line", reader: Self.reader(arguments)),
            Layer(label: "environment", reader: Self.reader(environment)),
        ]
        if let filePath {
            do {
                let provider = try await EnvironmentVariablesProvider(environmentFilePath: FilePath(filePath))
                layers.append(Layer(label: filePath, reader: ConfigReader(provider: provider)))
            } catch {
                throw ANBError(.misconfigured, "The settings file \(filePath) cannot be read.", cause: error)
            }
        }
        self.layers = layers
        strangers = try filePath.map(Self.strangers) ?? []
    }

    private static func strangers(in path: String) throws -> [String] {
        let known = Set(Setting.all.flatMap { $0.isSecret ? [$0.name, $0.name + "_FILE"] : [$0.name] })
        return try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).compactMap { line in
            let name = line.prefix { $0 != "=" }.trimmingCharacters(in: .whitespaces)
            return line.contains("=") && !name.hasPrefix("#") && !known.contains(name) ? name : nil
        }
    }

    private static func reader(_ values: [String: String]) -> ConfigReader {
        ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values))
    }

    /// The text of a setting; empty text counts as not set.
    /// - Throws: ``ANBError/Code/misconfigured`` when the file that `NAME_FILE` names cannot be read.
    public func find(_ setting: Setting) throws -> Found {
        for layer in layers {
            if let text = layer.text(setting.name) { return Found(text: text, source: layer.label) }
            guard setting.isSecret, let path = layer.text(setting.name + "_FILE") else { continue }
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw ANBError(.misconfigured, "\(setting.name)_FILE: the file \(path) cannot be read.")
            }
            let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !secret.isEmpty else { throw ANBError(.misconfigured, "\(setting.name)_FILE: the file \(path) is empty.") }
            return Found(text: secret, source: "\(layer.label), file")
        }
        return Found(text: setting.defaultValue, source: "default")
    }
}

// MARK: - Typed values

extension SettingSources {
    func text(_ setting: Setting) throws -> String? {
        let text = try find(setting).text
        return text.isEmpty ? nil : text
    }

    /// - Throws: ``ANBError/Code/misconfigured`` when it is not one of the choices.
    func choice(_ setting: Setting, of choices: [String]) throws -> String {
        let text = try find(setting).text
        guard choices.contains(text) else {
            throw Self.wrong(setting, text, "must be \(choices.joined(separator: " or "))")
        }
        return text
    }

    /// - Throws: ``ANBError/Code/misconfigured`` when it is not a whole number in the range.
    func integer(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(setting) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw Self.wrong(setting, text, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// - Throws: ``ANBError/Code/misconfigured`` when it is no time of RFC 3339.
    func time(_ setting: Setting) throws -> Timestamp? {
        guard let text = try text(setting) else { return nil }
        guard let date = try? Date.ISO8601FormatStyle().parse(text) else {
            throw Self.wrong(setting, text, "must look like 2026-12-01T08:00:00-05:00 or 2026-12-01T13:00:00Z")
        }
        return Timestamp(date)
    }

    func required(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int {
        guard let value = try integer(setting, in: range) else { throw Self.missing(setting, "must be set") }
        return value
    }

    static func missing(_ setting: Setting, _ rule: String) -> ANBError {
        ANBError(.misconfigured, "\(setting.name) \(rule).")
    }

    static func wrong(_ setting: Setting, _ text: String, _ rule: String) -> ANBError {
        let shown = setting.isSecret ? "the value given" : "\"\(text.prefix(100))\""
        return ANBError(.misconfigured, "\(setting.name): \(shown) is not valid; it \(rule).")
    }
}
