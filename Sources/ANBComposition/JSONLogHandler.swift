import ANBCore
import Foundation
import Logging

/// One JSON object a line on standard error, for log collectors.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [String: String] = [
            "time": Timestamp(Date()).description, "level": event.level.rawValue, "logger": label,
            "message": event.message.description,
        ]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) where line[key] == nil {
            line[key] = value.description
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var data = try? encoder.encode(line) else { return }
        data.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of several threads do not mix.
        try? FileHandle.standardError.write(contentsOf: data)
    }
}

/// Sends every logger of the process to standard error.
public func bootstrapLogging(_ settings: Settings) {
    LoggingSystem.bootstrap { label in
        if settings.logsJSON { return JSONLogHandler(label: label, logLevel: settings.logLevel) }
        return TextLogHandler(label: label, logLevel: settings.logLevel)
    }
}
