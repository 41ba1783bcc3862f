import ANBCore

/// One table of the memory database: rows by key, and how to take back what the open transaction did to them.
struct MemoryTable<Key: Hashable, Row> {
    private var rows: [Key: Row] = [:]
    private var undo: [(key: Key, row: Row?)] = []

    subscript(key: Key) -> Row? {
        get { rows[key] }
        set {
            undo.append((key, rows[key]))
            rows[key] = newValue
        }
    }

    /// In no particular order.
    var values: Dictionary<Key, Row>.Values { rows.values }

    var keys: [Key] { Array(rows.keys) }

    /// What the open transaction did: each row once, in the order in which they were touched first.
    var changes: [(key: Key, old: Row?, new: Row?)] {
        if undo.isEmpty { return [] }
        var seen: Set<Key> = []
        return undo.compactMap { seen.insert($0.key).inserted ? ($0.key, $0.row, rows[$0.key]) : nil }
    }

    mutating func commit() { undo.removeAll(keepingCapacity: true) }

    mutating func rollBack() {
        while let (key, row) = undo.popLast() { rows[key] = row }
    }
}

extension Sequence {
    /// The part of a sorted list that a page shows.
    func page(_ page: Page) -> [Element] { Array(dropFirst(page.offset).prefix(page.limit)) }
}
