/// What a title may be, however it comes.
enum VideoTitle {
    /// - Returns: The title without white space around it.
    /// - Throws: ``ANBError/Code/invalidRequest`` when it is empty, too long, invisible or has control characters.
    static func checked(_ text: String) throws -> String {
        let title = text.trimmingWhitespace()
        guard (1...Limits.titleCharactersMax).contains(title.count), title.utf8.count <= Limits.titleBytesMax,
            title.hasVisibleCharacters
        else {
            throw ANBError(.invalidRequest, "title must have 1 to \(Limits.titleCharactersMax) characters.")
        }
        guard !title.hasControlCharacters else {
            throw ANBError(.invalidRequest, "title must not have control characters.")
        }
        return title
    }
}
