import ANBComposition
import Foundation
import Testing

@Suite struct SettingsDocumentTests {
    /// `anb-api config --markdown > Docs/Configuration.md` brings it up to date.
    @Test func theTableInTheDocumentsIsThatOfTheSettings() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../Docs/Configuration.md").standardizedFileURL
        #expect(
            try String(contentsOf: file, encoding: .utf8) == settingsDocument() + "\n", "Docs/Configuration.md is of another time"
        )
    }
}
