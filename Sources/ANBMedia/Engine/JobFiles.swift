import ANBCore

/// Opens the files of a job by path and keeps them open while it runs.
struct JobFiles {
    /// Opened for reading: the source, then the assets that are set.
    private let inputs: [OpenFile]

    let assets: AssetDescriptors

    /// - Parameters:
    ///   - source: nil when the job reads none.
    ///   - recipe: Whose assets are opened; nil when the job needs none.
    /// - Throws: `notFound` for the source, `misconfigured` for an asset.
    init(source: String?, recipe: MediaRecipe?) throws {
        var opened: [OpenFile] = []
        if let source { opened.append(try OpenFile(reading: source)) }
        assets = AssetDescriptors(
            intro: try Self.openAsset(recipe?.introPath, "intro", &opened),
            outro: try Self.openAsset(recipe?.outroPath, "outro", &opened),
            watermark: try Self.openAsset(recipe?.watermarkPath, "watermark", &opened))
        inputs = opened
    }

    /// The source's descriptor; the first file opened.
    var source: Int32 { inputs.first?.descriptor ?? -1 }

    private static func openAsset(_ path: String?, _ name: String, _ opened: inout [OpenFile]) throws -> Int32? {
        guard let path else { return nil }
        do {
            let file = try OpenFile(reading: path)
            opened.append(file)
            return file.descriptor
        } catch {
            throw ANBError.unusableAsset("The \(name) \(path) cannot be read.", cause: error)
        }
    }
}
