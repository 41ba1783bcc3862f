/// Rows of keys and letters that fingers know by heart.
enum KeyRows {
    private static let rows = [
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjklñ", "zxcvbnm", "azertyuiop", "qwertz", "1qaz",
        "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!@#$%^&*()", "aeiou",
    ]
    private static let neighbours: Set<[Character]> = Set(
        rows.flatMap { row in zip(row, row.dropFirst()).flatMap { [[$0, $1], [$1, $0]] } })
    /// Characters of the shortest piece of a row.
    private static let pieceMin = 3
    /// Characters that may stand between pieces.
    private static let looseMax = 2

    /// Whether the text is nothing but pieces of rows, `qwerty12345`, `1qaz2wsx`, `aaaa1111`, or two rows in turn, `q1w2e3r4`.
    static func isWalk(_ text: String) -> Bool {
        let keys = text.filter { !$0.isWhitespace && $0 != "-" && $0 != "_" && $0 != "." }
        if Set(keys).count <= 2 { return true }
        let all = Array(keys)
        let (even, odd) = (stride(from: 0, to: all.count, by: 2), stride(from: 1, to: all.count, by: 2))
        return isPieces(all, looseMax: looseMax) || isPieces(even.map { all[$0] }) && isPieces(odd.map { all[$0] })
    }

    /// Looks for the longest piece at each place.
    private static func isPieces(_ keys: [Character], looseMax: Int = 0) -> Bool {
        var (start, loose) = (0, 0)
        while start < keys.count {
            var end = start + 1
            while end < keys.count, keys[end] == keys[end - 1] || neighbours.contains([keys[end - 1], keys[end]]) { end += 1 }
            if end - start < pieceMin { loose += end - start }
            start = end
        }
        return loose <= looseMax
    }
}
