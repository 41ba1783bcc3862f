import ANBCore
import CFFmpeg
import Foundation
import Synchronization

/// Intros and outros, encoded once for each setting instead of once for each video.
///
/// Two jobs that are the first ones at the same time may both encode them; the later result is kept.
final class BumperCache: Sendable {
    /// Settings of which bumpers are kept; a process hardly ever sees a second one.
    private static let entriesMax = 4

    private let directory: String?
    private let kept = Mutex<[String: BumperFiles]>([:])

    /// - Parameter directory: Where encoded bumpers outlive the process; nil keeps them for this process only.
    init(directory: String?) { self.directory = directory }

    /// - Parameters:
    ///   - recipe: With its paths.
    ///   - files: The recipe's assets.
    ///   - encode: Runs the job that makes them, when there are none yet.
    func bumpers(
        for recipe: MediaRecipe, _ files: JobFiles, limits: MediaLimits, encode: (MediaJob) throws -> Void
    ) throws -> BumperFiles {
        let name = try BumperFingerprint(recipe, files).name
        if let found = kept.withLock({ $0[name] }) { return found }
        let fresh = try stored(name, recipe) ?? make(name, recipe, files, limits, encode)
        kept.withLock { entries in
            if entries.count >= Self.entriesMax { entries = [:] }
            entries[name] = fresh
        }
        return fresh
    }

    private func stored(_ name: String, _ recipe: MediaRecipe) -> BumperFiles? {
        directory.flatMap { try? BumperFiles(directory: "\($0)/\(name)", recipe: recipe) }
    }

    private func make(
        _ name: String, _ recipe: MediaRecipe, _ files: JobFiles, _ limits: MediaLimits, _ encode: (MediaJob) throws -> Void
    ) throws -> BumperFiles {
        let staged = try stage(name, recipe)
        let outputs = BumperDescriptors(staged.outputs.descriptors)
        try encode(.encodeBumpers(recipe: recipe.withoutPaths, assets: files.assets, outputs: outputs, limits: limits))
        let bumpers = BumperFiles(try staged.outputs.openForReading())
        // What is not published disappears by name and lives on through its descriptors.
        if staged.isLasting { try staged.outputs.publish() }
        return bumpers
    }

    /// A folder that cannot be written costs time at the next start, not a video.
    private func stage(_ name: String, _ recipe: MediaRecipe) throws -> (outputs: StagedOutputs, isLasting: Bool) {
        let names = BumperFiles.names(recipe)
        if let folder = directory.map({ "\($0)/\(name)" }),
            (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil,
            let outputs = try? StagedOutputs(directory: folder, names: names)
        {
            return (outputs, true)
        }
        return (try StagedOutputs(directory: FileManager.default.temporaryDirectory.path, names: names), false)
    }
}
