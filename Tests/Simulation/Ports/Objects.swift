import ANBCore

/// The objects of the one store.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class Objects: @unchecked Sendable {
    struct Entry {
        var bytes: [UInt8]
        var modifiedAt: Timestamp
        /// Who wrote it last.
        var writer: SimulatedProcess
    }

    private(set) var entries: [ObjectKey: Entry] = [:]
    /// In the order in which every store lists.
    private(set) var keys: [ObjectKey] = []

    func write(_ key: ObjectKey, _ bytes: [UInt8], at now: Timestamp, by writer: SimulatedProcess) {
        let entry = Entry(bytes: bytes, modifiedAt: now, writer: writer)
        if entries.updateValue(entry, forKey: key) == nil { keys.insert(key, at: place(of: key)) }
    }

    func remove(_ key: ObjectKey) {
        if entries.removeValue(forKey: key) != nil { keys.remove(at: place(of: key)) }
    }

    /// Where the key is, or would be. Keys are ASCII, so that texts compare as their bytes do.
    private func place(of key: ObjectKey) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].description < key.description { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
