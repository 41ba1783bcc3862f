import ANBComposition
public import ANBHTTP
public import ArgumentParser

/// `anb-api serve`: the HTTP server, with a worker inside unless told otherwise.
struct ServeCommand: AsyncParsableCommand {
    enum Worker: String, ExpressibleByArgument, CaseIterable {
        case embedded, none
    }

    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serves the contest over HTTP.")

    @Option(help: "Address to listen on.")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one.")
    var port: Int?

    @Option(help: "Whether this process also makes the videos.")
    var worker: Worker = .embedded

    @Option(help: "Which routes are served.")
    var routes: HTTPSettings.RouteSet = .all

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        endAtOnceWhileStarting()
        try await CommandExit.translating {
            let sources = try await settings.sources([.host: host, .port: port.map(String.init)])
            let settings = try Settings(sources)
            bootstrapLogging(settings)
            let telemetry = Telemetry.bootstrap(settings, service: "anb-api")
            let assembly = try await Assembly.open(
                settings, role: worker == .embedded ? .everything : .api, telemetry: telemetry)
            try await assembly.run(assembly.apiServices(routes: routes, worksItself: worker == .embedded))
        }
    }
}

extension HTTPSettings.RouteSet: ExpressibleByArgument {}
