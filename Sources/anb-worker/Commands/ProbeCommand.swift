import ANBComposition
import ANBCore
import ANBMedia
import ArgumentParser
import Foundation

/// `anb-worker probe`: what a file is, and whether it would be accepted.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Tells what a video file is, and refuses what the platform would refuse.")

    @Argument(help: "A local video file.")
    var input: String

    @Flag(help: "Print JSON: whether it would be accepted, and what it is or why not.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let rules = try Settings(await settings.sources()).rules
            do {
                let info = try await ChildProcessMediaEngine().probe(path: input, limits: rules.mediaLimits)
                try rules.uploadPolicy.check(info)
                print(json ? try JSONText.of(Accepted(info: info)) : Self.describe(info))
            } catch let error as ANBError where json && error.code == .mediaRejected {
                print(try JSONText.of(Refused(failureCode: error.failureCode?.rawValue, reason: error.userMessage)))
                throw error
            }
        }
    }

    private struct Accepted: Encodable {
        var info: MediaInfo

        enum CodingKeys: CodingKey { case accepted }

        func encode(to encoder: any Encoder) throws {
            try info.encode(to: encoder)
            var verdict = encoder.container(keyedBy: CodingKeys.self)
            try verdict.encode(true, forKey: .accepted)
        }
    }

    private struct Refused: Encodable {
        var accepted = false
        var failureCode: String?
        var reason: String

        enum CodingKeys: String, CodingKey { case accepted, failureCode = "failure_code", reason }
    }

    private static func describe(_ info: MediaInfo) -> String {
        let notes = [
            info.rotationDegrees == 0 ? nil : "turned \(info.rotationDegrees)°", info.isInterlaced ? "interlaced" : nil,
            info.isHighDynamicRange ? "HDR" : nil, info.hasAudio ? "with sound" : "silent",
        ].compactMap { $0 }.joined(separator: ", ")
        let seconds = String(format: "%.2f", info.durationSeconds)
        let rate = String(format: "%.2f", info.frameRate)
        return "\(info.container) \(info.videoCodec) \(info.pixelFormat) \(info.width)×\(info.height)"
            + " \(seconds) s \(rate) frames/s, \(notes), \(info.byteCount) bytes"
    }
}
