/// The web page's files, compiled into the program: an executable shows them wherever it is copied to.
///
/// They are a module of their own so that a change elsewhere does not compile their bytes again.
public enum PageBundle {
    /// One file of the page.
    public struct File: Sendable {
        /// As other files of the page name it; its ending tells the type.
        public let name: String
        public let bytes: [UInt8]
    }

    /// The HTML document, with places for what the server writes into it.
    public static var document: [UInt8] { PackageResources.index_html }

    /// Everything that the document loads.
    public static let files: [File] = [
        File(name: "app.css", bytes: PackageResources.app_css),
        File(name: "court.svg", bytes: PackageResources.court_svg),
        File(name: "ball.svg", bytes: PackageResources.ball_svg),
        File(name: "app.js", bytes: PackageResources.app_js),
        File(name: "api.js", bytes: PackageResources.api_js),
        File(name: "failures.js", bytes: PackageResources.failures_js),
        File(name: "dom.js", bytes: PackageResources.dom_js),
        File(name: "i18n.js", bytes: PackageResources.i18n_js),
        File(name: "words-es.js", bytes: PackageResources.words_es_js),
        File(name: "words-en.js", bytes: PackageResources.words_en_js),
        File(name: "preflight.js", bytes: PackageResources.preflight_js),
        File(name: "upload.js", bytes: PackageResources.upload_js),
        File(name: "progress.js", bytes: PackageResources.progress_js),
        File(name: "stages.js", bytes: PackageResources.stages_js),
        File(name: "cards.js", bytes: PackageResources.cards_js),
        File(name: "view-gallery.js", bytes: PackageResources.view_gallery_js),
        File(name: "view-player.js", bytes: PackageResources.view_player_js),
        File(name: "view-ranking.js", bytes: PackageResources.view_ranking_js),
        File(name: "view-account.js", bytes: PackageResources.view_account_js),
        File(name: "view-password.js", bytes: PackageResources.view_password_js),
        File(name: "view-upload.js", bytes: PackageResources.view_upload_js),
        File(name: "view-mine.js", bytes: PackageResources.view_mine_js),
        File(name: "view-moderation.js", bytes: PackageResources.view_moderation_js),
        File(name: "view-status.js", bytes: PackageResources.view_status_js),
    ]
}
