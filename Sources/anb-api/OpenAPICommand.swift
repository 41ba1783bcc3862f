import ANBComposition
import ArgumentParser
import Foundation

/// `anb-api openapi`: the API's document, without serving.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the OpenAPI 3.1 document of the API.")

    @Flag(help: "A collection of requests for Postman, Bruno and the like instead.")
    var collection = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let document = try await describeAPI(
                Settings(await settings.sources()), as: collection ? .collection : .document)
            FileHandle.standardOutput.write(document + Data("\n".utf8))
        }
    }
}
