import ANBCore
import Foundation

/// Who is told how the process is doing.
struct TelemetrySettings: Sendable {
    let metricsHost: String
    /// `nil`: nobody scrapes.
    let metricsPort: Int?
    /// `nil`: no lines for CloudWatch.
    let metricsLogInterval: Duration?
    /// `nil`: no traces.
    let tracesEndpoint: String?
    /// 0…1.
    let tracesShare: Double

    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources) throws {
        metricsHost = try sources.find(.metricsHost).text
        metricsPort = try sources.integer(.metricsPort, in: 1...65535)
        if let metricsPort, try sources.integer(.port, in: 0...65535) == metricsPort {
            throw SettingSources.wrong(.metricsPort, "\(metricsPort)", "must be another one than PORT")
        }
        metricsLogInterval = try sources.integer(.metricsLogInterval, in: 1...3600).map { .seconds($0) }
        tracesEndpoint = try Self.endpoint(sources)
        tracesShare = Double(try sources.required(.tracesPercent, in: 0...100)) / 100
    }

    private static func endpoint(_ sources: SettingSources) throws -> String? {
        guard let text = try sources.text(.tracesEndpoint) else { return nil }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false else {
            throw SettingSources.wrong(.tracesEndpoint, text, "must look like http://host:4318")
        }
        return text
    }
}
