import Foundation
import Synchronization

/// A bar on standard error, drawn only where somebody watches.
final class ProgressBar: Sendable {
    private static let cells = 40

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let percentShown = Mutex(-1)

    /// - Parameter fraction: 0…1.
    func show(_ fraction: Double) {
        let percent = Int(fraction * 100)
        let isNew = percentShown.withLock { shown in
            defer { shown = percent }
            return shown != percent
        }
        guard isTerminal, isNew else { return }
        let filled = percent * Self.cells / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.cells - filled)
        write("\r\(bar) \(percent) %")
    }

    /// Clears the line after the work, whatever came of it.
    func whileShown<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        defer { if isTerminal { write("\r\u{1B}[K") } }
        return try await body()
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
