import ANBAWS
import ANBCore
import ANBPersistence
import ANBQueue
import Foundation
import Logging

extension Backends {
    static let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }

    func openDatabase(connections: Int) async throws -> any Database {
        let opened = try await open(connections: connections)
        try await opened.migrate()
        return opened
    }

    private func open(connections: Int) async throws -> any Database {
        if database.hasPrefix("sqlite:") {
            return try await SQLiteDatabase.open(path: String(database.dropFirst("sqlite:".count)))
        }
        return try await PostgresDatabase.open(url: database, settings: PostgresSettings(connectionsMax: connections))
    }

    /// Gives the body a queue that is there, and closes its connections afterwards.
    func withQueue(_ body: (any JobQueue) async throws -> Void) async throws {
        if queue == "sqs" { return try await withSQS(body) }
        let opened = try RedisJobQueue(url: queue, prefix: name + ":", logger: Self.quiet)
        try await opened.check()
        try await body(opened)
        await opened.close()
    }

    private func withSQS(_ body: (any JobQueue) async throws -> Void) async throws {
        let variables = ProcessInfo.processInfo.environment
        let (region, http) = (variables["AWS_REGION"] ?? "us-east-1", AWSHTTP())
        let settings = SQSSettings(queue: .name(name), region: region, endpoint: variables["SQS_ENDPOINT_URL"])
        let credentials = RefreshingCredentials(
            try CredentialChain.standard(AWSVariables(variables), region: region, http: http))
        let service = try SQSService(settings, http: http, credentials: credentials, logger: Self.quiet)
        _ = try await SQSQueueSetup(settings, service: service).run()
        try await body(try await SQSJobQueue.open(settings, service: service, logger: Self.quiet))
        try await http.shutdown()
    }
}
