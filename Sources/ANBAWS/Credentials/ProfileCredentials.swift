import ANBCore

/// A profile of the shared files `~/.aws/credentials` and `~/.aws/config`.
package struct ProfileCredentials: CredentialSource {
    package let name = "profile"
    private let variables: AWSVariables

    /// - Parameter variables: `HOME` among them.
    package init(_ variables: AWSVariables) { self.variables = variables }

    package func load() async throws -> AWSCredentials? {
        let profile = variables["AWS_PROFILE"] ?? "default"
        let values = try await values(of: profile)
        if let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] {
            return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: values["aws_session_token"])
        }
        if let kind = ["credential_process", "sso_session", "sso_start_url", "role_arn"].first(where: { values[$0] != nil }) {
            throw ANBError(.misconfigured, "AWS profile \"\(profile)\" uses \(kind), which is not supported; it needs keys.")
        }
        guard variables["AWS_PROFILE"] == nil else {
            throw ANBError(.misconfigured, "AWS_PROFILE: there is no profile \"\(profile)\" with keys.")
        }
        return nil
    }

    /// The credentials file wins over the config file.
    private func values(of profile: String) async throws -> [String: String] {
        let home = variables["HOME"].map { "\($0)/.aws" }
        let config = variables["AWS_CONFIG_FILE"] ?? home.map { "\($0)/config" }
        let credentials = variables["AWS_SHARED_CREDENTIALS_FILE"] ?? home.map { "\($0)/credentials" }
        var values = try await sections(config)[profile == "default" ? profile : "profile \(profile)"] ?? [:]
        if profile == "default" { values.merge(try await sections(config)["profile default"] ?? [:]) { $1 } }
        values.merge(try await sections(credentials)[profile] ?? [:]) { $1 }
        return values
    }

    private func sections(_ path: String?) async throws -> [String: [String: String]] {
        guard let path, let text = try await SmallFile.textIfPresent(path) else { return [:] }
        return ProfileFile.sections(text)
    }
}

/// The form of the shared files: `[section]`, `name = value`, comments with `#` or `;`.
enum ProfileFile {
    static func sections(_ text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            // An indented line belongs to the nested value above it.
            if line.first?.isWhitespace == true { continue }
            let words = trimmed(line)
            if words.isEmpty || words.hasPrefix("#") || words.hasPrefix(";") { continue }
            if words.hasPrefix("["), let end = words.firstIndex(of: "]") {
                current = trimmed(words[words.index(after: words.startIndex)..<end])
            } else if let current, let equals = words.firstIndex(of: "=") {
                let name = trimmed(words[..<equals]).lowercased()
                sections[current, default: [:]][name] = value(words[words.index(after: equals)...])
            }
        }
        return sections
    }

    /// A comment in a line needs white space before it; a secret may hold `#`.
    private static func value(_ text: Substring) -> String {
        var end = text.startIndex
        var previous: Character = "x"
        while end < text.endIndex {
            if previous.isWhitespace, text[end] == "#" || text[end] == ";" { break }
            previous = text[end]
            end = text.index(after: end)
        }
        return trimmed(text[..<end])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
