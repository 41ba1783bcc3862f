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

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let rules = try Settings(await settings.sources()).rules
            let info = try await ChildProcessMediaEngine().probe(path: input, limits: rules.mediaLimits)
            try rules.uploadPolicy.check(info)
            print(json ? try JSONText.of(info) : Self.describe(info))
        }
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
