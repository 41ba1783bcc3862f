import ANBCore

/// Encoded bumpers, open for reading: the intro for each rendition, then the outro for each.
final class BumperFiles: Sendable {
    private let files: [OpenFile]

    /// - Parameter files: Open for reading only: decoding processes share them.
    init(_ files: [OpenFile]) { self.files = files }

    /// - Throws: `notFound` when one of them is missing.
    convenience init(directory: String, recipe: MediaRecipe) throws {
        try self.init(Self.names(recipe).map { try OpenFile(reading: "\(directory)/\($0)") })
    }

    /// Valid as long as this object lives.
    var descriptors: BumperDescriptors { BumperDescriptors(files.map(\.descriptor)) }

    static func names(_ recipe: MediaRecipe) -> [String] {
        ["intro", "outro"].flatMap { kind in recipe.renditions.map { "\(kind)-\($0.name).mp4" } }
    }
}

extension BumperDescriptors {
    /// - Parameter descriptors: All intros, then as many outros.
    init(_ descriptors: [Int32]) {
        self.init(
            intro: Array(descriptors.prefix(descriptors.count / 2)), outro: Array(descriptors.suffix(descriptors.count / 2)))
    }
}
