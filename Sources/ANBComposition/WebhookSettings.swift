import ANBCore
import Foundation

/// Who is told what became of videos.
struct WebhookSettings: Sendable {
    private static let loopbackHosts: Set = ["localhost", "127.0.0.1", "::1", "[::1]"]

    let url: String
    let signer: WebhookSigner

    /// - Returns: `nil` when nobody is told.
    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init?(_ sources: SettingSources) throws {
        let mayBePlain = try sources.choice(.webhookPlainHTTP, of: ["true", "false"]) == "true"
        guard let text = try sources.text(.webhookURL) else { return nil }
        guard let url = URL(string: text), let host = url.host, !host.isEmpty, ["http", "https"].contains(url.scheme),
            url.user == nil, url.fragment == nil
        else { throw SettingSources.wrong(.webhookURL, text, "must look like https://host/path") }
        guard url.scheme == "https" || mayBePlain || Self.loopbackHosts.contains(host) else {
            throw SettingSources.wrong(.webhookURL, text, "must begin with https:// unless WEBHOOK_PLAIN_HTTP=true")
        }
        self.url = text
        guard let secret = try sources.text(.webhookSecret) else {
            throw SettingSources.missing(.webhookSecret, "must be set with WEBHOOK_URL")
        }
        guard let signer = WebhookSigner(secrets: ServerSecret.lines(secret)) else {
            throw SettingSources.wrong(
                .webhookSecret, "", "must have at least \(WebhookSigner.keyBytesMin) bytes on each line, and Base64 behind whsec_"
            )
        }
        self.signer = signer
    }
}
