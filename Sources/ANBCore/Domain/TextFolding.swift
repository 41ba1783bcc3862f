import Foundation

extension String {
    /// Without white space and line ends at both sides.
    func trimmingWhitespace() -> String { trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Without case, accents and repeated spaces, so that two spellings of one name compare equal.
    func foldedForComparison() -> String {
        folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Whether any scalar is a control character, which no name or title needs.
    var hasControlCharacters: Bool {
        unicodeScalars.contains { CharacterSet.controlCharacters.contains($0) }
    }
}
