import ANBCore
import Foundation
import Logging

/// One line on standard error for each event.
struct StandardErrorLog: LogHandler {
    enum Form: Sendable {
        /// Time, level, logger, what it is about, message.
        case text
        /// One object, for log collectors.
        case json
    }

    let form: Form
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let about = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        guard var line = form == .text ? text(event, about) : json(event, about) else { return }
        line.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of several threads do not mix.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(_ event: LogEvent, _ about: Logger.Metadata) -> [UInt8]? {
        let pairs = about.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        // A line stays a line, whatever somebody wrote into it.
        return "\(Timestamp(Date())) \(event.level) \(label):\(pairs) \(event.message)".utf8.map {
            $0 < 0x20 ? UInt8(ascii: " ") : $0
        }
    }

    private func json(_ event: LogEvent, _ about: Logger.Metadata) -> [UInt8]? {
        let own = [
            "time": Timestamp(Date()).description, "level": event.level.rawValue, "logger": label,
            "message": event.message.description,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try? Array(encoder.encode(own.merging(about.mapValues(\.description)) { own, _ in own }))
    }
}

/// Sends every logger of the process to standard error.
public func bootstrapLogging(_ settings: Settings) {
    LoggingSystem.bootstrap { label in
        StandardErrorLog(form: settings.logsJSON ? .json : .text, label: label, logLevel: settings.logLevel)
    }
}
