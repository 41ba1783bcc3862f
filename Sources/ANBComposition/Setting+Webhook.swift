extension Setting {
    static let webhookURL = Setting(
        "WEBHOOK_URL", secret: true,
        "Where signed news of videos are sent, for API and workers alike: https://host/path, or http:// on this machine; empty "
            + "tells nobody.")
    static let webhookSecret = Setting(
        "WEBHOOK_SECRET", secret: true,
        "Key of their signatures: whsec_ and Base64, or any text, at least 24 bytes. Several, one on each line: all sign.")
    static let webhookPlainHTTP = Setting(
        "WEBHOOK_PLAIN_HTTP", default: "false", "true or false: whether WEBHOOK_URL may be http:// on other machines.")

    static let webhook: [Setting] = [webhookURL, webhookSecret, webhookPlainHTTP]
}
