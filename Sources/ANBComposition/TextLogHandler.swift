import ANBCore
import Foundation
import Logging

/// One line on standard error for each event: time, level, logger, what it is about, message.
struct TextLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Timestamp(Date())) \(event.level) \(label):"
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        line += " \(event.message)"
        // A line stays a line, whatever somebody wrote into it.
        var bytes = line.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
        bytes.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of several threads do not mix.
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
