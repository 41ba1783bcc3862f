import Foundation

/// Tells passwords that everybody tries first: a common word or a row of keys, however it is spelled and whatever digits
/// stand around it. A list of some hundred words, undone by the same rules, stands for hundreds of thousands of passwords.
enum CommonPasswords {
    /// In lower case, letters of ASCII only.
    static let words: Set<Substring> = {
        let text = String(decoding: PackageResources.common_passwords_txt, as: UTF8.self)
        return Set(text.split(whereSeparator: \.isWhitespace))
    }()

    /// What people write in front of a word.
    private static let openings = [
        "", "ilove", "love", "teamo", "amoa", "mi", "my", "mis", "soy", "el", "la", "the", "viva", "vamos",
    ]
    private static let lettersOfDigits: [[Character: Character]] = ["i", "l"].map { one in
        [
            "0": "o", "1": one, "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a",
            "$": "s", "!": "i", "|": "l", "+": "t", "€": "e",
        ]
    }

    /// Digits and signs beside a word that nobody guesses through.
    private static let restMax = 10

    /// - Parameter ownWords: What the person told of themselves: names, e-mail.
    static func contains(_ password: String, ownWords: [String] = []) -> Bool {
        let text = password.foldedForComparison()
        let own = Set(ownWords.flatMap(Self.letterGroups).filter { $0.count >= 3 })
        let cores = Self.cores(of: text).filter { text.count - $0.count <= restMax }
        return KeyRows.isWalk(text) || cores.contains { isCommon($0) || isMade(of: own, $0) }
    }

    /// What may be meant: with and without the digits and signs at each end, with letters for the digits in it.
    private static func cores(of text: String) -> Set<String> {
        guard let first = text.firstIndex(where: \.isLetter), let last = text.lastIndex(where: \.isLetter) else { return [] }
        let spellings = [text[...], text[first...], text[...last], text[first...last]].flatMap { text in
            lettersOfDigits.map { letters in String(text.map { letters[$0] ?? $0 }.filter(\.isLetter)) }
        }
        return Set(spellings)
    }

    /// A word, with an opening, or the same word again and again.
    private static func isCommon(_ core: String) -> Bool {
        openings.contains { opening in
            guard core.hasPrefix(opening) else { return false }
            let rest = core.dropFirst(opening.count)
            return (1...4).contains { count in
                guard !rest.isEmpty, rest.count % count == 0 else { return false }
                let word = rest.prefix(rest.count / count)
                return words.contains(word) && rest == String(repeating: String(word), count: count)
            }
        }
    }

    /// Each place that words reach from the start is looked at once: a stranger chooses both, so trying every way to divide
    /// the text would take for ever.
    private static func isMade(of words: Set<String>, _ core: String) -> Bool {
        let (letters, words) = (Array(core), words.map(Array.init))
        var isReached = [true] + Array(repeating: false, count: letters.count)
        for start in letters.indices where isReached[start] {
            for word in words where letters[start...].starts(with: word) { isReached[start + word.count] = true }
        }
        return !letters.isEmpty && isReached[letters.count]
    }

    private static func letterGroups(_ text: String) -> [String] {
        text.foldedForComparison().split { !$0.isLetter }.map(String.init)
    }
}
