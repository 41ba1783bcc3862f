public import ANBCore
import ANBHTTP
import ANBMedia
import Foundation
public import Logging

/// Every setting, read and checked. A wrong value stops the start with one line that names it.
public struct Settings: Sendable {
    public var host: String
    public var port: Int
    /// How long a connection is kept without a request.
    var connectionLife: Duration
    public var publicBaseURL: String?
    /// Which pages of other sites may call the API from a browser.
    var crossOrigins: CrossOrigins
    public var dataDirectory: String
    public var database: DatabaseSetting
    public var storagePath: String
    /// The name of the setting that decides where objects lie.
    var storageSetting: String
    /// The names of the settings that replace bumpers and watermark, as far as they are set.
    var assetSettings: [String]
    var aws: AWSSettings
    /// `nil`: the queue is in memory.
    var redis: RedisSetting?
    var rates: RateSettings
    var boards: BoardSettings
    /// The first signs. Empty: one is made and kept in the data folder.
    public var jwtSecrets: [String]
    var tokenKeyFile: SigningKeyFile?
    var tokenAlgorithm: TokenKeys.Algorithm
    public var accessTokenLife: Duration
    public var rules: Contest.Rules
    public var workerConcurrency: Int
    public var jobLease: Duration
    public var sweepInterval: Duration
    public var shutdownBudget: Duration
    public var drainGrace: Duration
    public var logLevel: Logger.Level
    public var logsJSON: Bool
    var telemetry: TelemetrySettings
    /// `nil`: nobody is told what became of videos.
    var webhook: WebhookSettings?

    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting, what is wrong and what would be right.
    public init(_ sources: SettingSources) throws {
        host = try sources.find(.host).text
        port = try sources.required(.port, in: 0...65535)
        connectionLife = .seconds(try sources.required(.httpIdle, in: 1...7200))
        publicBaseURL = try Self.baseURL(sources)
        crossOrigins = try Self.crossOrigins(sources)
        dataDirectory = Self.absolute(try sources.find(.dataDirectory).text)
        database = try DatabaseSetting(sources, folder: dataDirectory)
        let queue = try sources.choice(.queueBackend, of: ["memory", "redis", "sqs"])
        redis = queue == "redis" ? try RedisSetting(sources) : nil
        aws = try AWSSettings(
            sources, usesS3: try sources.choice(.storageBackend, of: ["filesystem", "s3"]) == "s3", usesSQS: queue == "sqs")
        rates = try RateSettings(sources)
        boards = try BoardSettings(sources)
        tokenKeyFile = try Self.keyFile(sources)
        tokenAlgorithm = try Self.algorithm(sources, tokenKeyFile)
        storageSetting = try sources.text(.storagePath) == nil ? Setting.dataDirectory.name : Setting.storagePath.name
        assetSettings = try [Setting.introPath, .outroPath, .inOutPath, .watermarkPath].filter { try sources.text($0) != nil }
            .map(\.name)
        storagePath = try sources.text(.storagePath).map(Self.absolute) ?? "\(dataDirectory)/objects"
        jwtSecrets = try Self.secrets(sources)
        accessTokenLife = .seconds(60 * (try sources.required(.tokenExpire, in: 1...1440)))
        rules = try Self.rules(sources)
        workerConcurrency = try sources.integer(.workerConcurrency, in: 1...64) ?? EncodeCount.standard
        jobLease = .seconds(try sources.required(.jobLease, in: 3...3600))
        sweepInterval = .seconds(try sources.required(.sweepInterval, in: 1...86400))
        shutdownBudget = .seconds(try sources.required(.shutdownBudget, in: 1...600))
        drainGrace = .seconds(try sources.required(.drainGrace, in: 0...300))
        let levels = Logger.Level.allCases.map(\.rawValue)
        logLevel = Logger.Level(rawValue: try sources.choice(.logLevel, of: levels)) ?? .info
        telemetry = try TelemetrySettings(sources)
        webhook = try WebhookSettings(sources)
        logsJSON = try sources.choice(.logFormat, of: ["text", "json"]) == "json"
    }

    private static func rules(_ sources: SettingSources) throws -> Contest.Rules {
        var limits = Limits()
        limits.uploadBytesMax = Int64(try sources.required(.uploadSize, in: 1...10240)) << 20
        limits.uploadsPerUserAndDayMax = try sources.required(.uploadsPerDay, in: 0...1_000_000)
        limits.uploadBytesPerUserAndDayMax = Int64(try sources.required(.uploadSizePerDay, in: 0...1_000_000_000)) << 20
        limits.signedURLSeconds = Int64(try sources.required(.presignExpires, in: 60...604_800))
        limits.orphanGraceSeconds = Int64(try sources.required(.orphanGrace, in: 1...604_800))
        limits.uploadSessionSeconds = Int64(try sources.required(.uploadExpire, in: 60...2_592_000))
        limits.uploadStoringSecondsMax = limits.orphanGraceSeconds
        let policy = UploadPolicy(
            durationSecondsMin: Double(try sources.required(.durationMin, in: 1...3600)),
            durationSecondsMax: try sources.integer(.durationMax, in: 1...14400).map(Double.init),
            heightPixelsMin: try sources.integer(.heightMin, in: 16...4320))
        if let most = policy.durationSecondsMax, most < policy.durationSecondsMin {
            throw SettingSources.wrong(.durationMax, "\(Int(most))", "must not be less than MIN_VIDEO_DURATION_SECONDS")
        }
        return Contest.Rules(
            limits: limits, uploadPolicy: policy, recipe: try recipe(sources),
            refreshLife: .seconds(60 * (try sources.required(.refreshTokenExpire, in: 1...525_600))),
            boardLife: try BoardSettings(sources).life,
            isModerated: try sources.choice(.moderation, of: ["true", "false"]) == "true",
            votingPhase: try votingPhase(sources), hasWebhook: try sources.text(.webhookURL) != nil)
    }

    private static func votingPhase(_ sources: SettingSources) throws -> VotingPhase {
        let phase = VotingPhase(opensAt: try sources.time(.votingOpensAt), closesAt: try sources.time(.votingClosesAt))
        if let opensAt = phase.opensAt, let closesAt = phase.closesAt, closesAt <= opensAt {
            throw SettingSources.wrong(.votingClosesAt, "\(closesAt)", "must be later than VOTING_OPENS_AT")
        }
        return phase
    }

    private static func recipe(_ sources: SettingSources) throws -> MediaRecipe {
        let both = try sources.text(.inOutPath)
        return MediaRecipe(
            introPath: try (sources.text(.introPath) ?? both).map(absolute),
            outroPath: try (sources.text(.outroPath) ?? both).map(absolute),
            watermarkPath: try sources.text(.watermarkPath).map(absolute))
    }

    /// Names the setting of the bumper or watermark that an error is about.
    func blamingAssets(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ANBError where error.code == .misconfigured && !assetSettings.isEmpty {
            let text = error.operatorMessage.lowercased()
            let meant = ["intro", "outro", "watermark"].filter { text.contains($0) }.compactMap { asset in
                assetSettings.first { $0.lowercased().contains(asset) } ?? assetSettings.first { $0 == Setting.inOutPath.name }
            }
            throw error.blaming(meant.isEmpty ? assetSettings : meant)
        }
    }

    private static func secrets(_ sources: SettingSources) throws -> [String] {
        guard let text = try sources.text(.jwtSecret) else { return [] }
        let secrets = ServerSecret.lines(text)
        guard !secrets.isEmpty, secrets.allSatisfy({ $0.utf8.count >= TokenKeys.secretBytesMin }) else {
            throw SettingSources.wrong(.jwtSecret, "", "must have at least \(TokenKeys.secretBytesMin) bytes on each line")
        }
        guard Set(secrets).count == secrets.count else { throw SettingSources.wrong(.jwtSecret, "", "must not repeat a line") }
        return secrets
    }

    private static func keyFile(_ sources: SettingSources) throws -> SigningKeyFile? {
        do {
            return try sources.text(.jwtPrivateKey).map { try SigningKeyFile(pem: $0) }
        } catch let error as ANBError where error.code == .misconfigured {
            throw error.blaming([Setting.jwtPrivateKey.name])
        }
    }

    private static func algorithm(_ sources: SettingSources, _ file: SigningKeyFile?) throws -> TokenKeys.Algorithm {
        let text = try sources.choice(.algorithm, of: TokenKeys.Algorithm.allCases.map(\.rawValue))
        let algorithm = TokenKeys.Algorithm(rawValue: text) ?? .hs256
        guard algorithm == .hs256 || file?.canSign == true else {
            throw SettingSources.wrong(.jwtPrivateKey, "", "must begin with a private key for ALGORITHM=EdDSA")
        }
        return algorithm
    }

    private static func baseURL(_ sources: SettingSources) throws -> String? {
        guard let text = try sources.text(.publicBaseURL) else { return nil }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false else {
            throw SettingSources.wrong(.publicBaseURL, text, "must look like https://host")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func crossOrigins(_ sources: SettingSources) throws -> CrossOrigins {
        do {
            return try sources.text(.crossOrigins).map { try CrossOrigins($0) } ?? .none
        } catch let error as ANBError {
            throw error.blaming([Setting.crossOrigins.name])
        }
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
