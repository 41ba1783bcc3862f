import Foundation

extension String {
    /// Without white space and line ends at both sides.
    func trimmingWhitespace() -> String { trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Without case, accents and repeated spaces, so that two spellings of one name compare equal.
    func foldedForComparison() -> String {
        folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Whether any scalar is a control character or turns the direction of the text around it, which no name or title
    /// needs. Joiners are allowed: emoji and several scripts are written with them.
    var hasControlCharacters: Bool {
        unicodeScalars.contains { scalar in
            scalar.properties.generalCategory == .control
                || (0x2028...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }

    /// Whether there is anything to see.
    var hasVisibleCharacters: Bool {
        unicodeScalars.contains { !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint }
    }
}
