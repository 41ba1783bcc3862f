import Foundation

/// The table that `anb-api config` prints.
public func describeSettings(_ sources: SettingSources) throws -> String {
    let rows = try Setting.all.map { setting in
        let found = try sources.find(setting)
        let value = setting.isSecret && !found.text.isEmpty ? "(secret)" : found.text
        return [setting.name, value, found.source, setting.summary]
    }
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        (0..<3).map { row[$0].padding(toLength: widths[$0], withPad: " ", startingAt: 0) }.joined(separator: "  ")
            + "  " + row[3]
    }.joined(separator: "\n")
}

/// Docs/Configuration.md: every setting as Markdown, whatever is set here.
package func settingsDocument() -> String {
    let rows = Setting.all.map { setting in
        let value = setting.defaultValue.isEmpty ? "" : "`\(setting.defaultValue)`"
        let secret = setting.isSecret ? " Secret: never printed, and read from the file that `\(setting.name)_FILE` names." : ""
        return "| `\(setting.name)` | \(value) | \(setting.summary.replacing("|", with: "\\|"))\(secret) |"
    }
    return """
        # Settings

        From the command line, the environment, or the file that `--settings` names, in this order: the first that says
        something wins. A wrong value stops the start with one line that names it. `anb-api config` prints what holds and where it
        came from; this table is made by `anb-api config --markdown`, and a test compares the two.

        | setting | default | meaning |
        |---|---|---|
        \(rows.joined(separator: "\n"))
        """
}
