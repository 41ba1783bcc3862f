import ANBCore
import CFFmpeg
import Foundation
import Glibc

/// Names encoded bumpers by all that they depend on: the recipe, the operator's files, the encoder.
struct BumperFingerprint {
    /// Raised when the drawn bumpers or their fitting change.
    private static let revision = 1

    /// Plain letters and digits.
    let name: String

    init(_ recipe: MediaRecipe, _ files: JobFiles) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let recipe = try encoder.encode(recipe)
        let assets = [files.assets.intro, files.assets.outro].map { $0.map(Self.identity) ?? "drawn" }
        let text = "\(Self.revision) \(RenditionEncoder.fingerprint) \(assets) \(String(decoding: recipe, as: UTF8.self))"
        name = "bumpers-" + String(Self.hash(text.utf8), radix: 16)
    }

    /// Changes whenever the file is replaced or written to.
    private static func identity(_ descriptor: Int32) -> String {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return "unknown" }
        return "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)"
    }

    /// FNV-1a: the same in every process, which `Hasher` is not.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
