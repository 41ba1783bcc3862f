import ANBCore
import Foundation

/// The header `Upload-Metadata`: pairs of a key and a base64 value, which may be missing, separated by commas.
struct TusMetadata: Hashable, Sendable {
    /// As it came, to be told again.
    let text: String?
    private let values: [String: Data]

    /// - Throws: ``ANBError/Code/invalidRequest`` when it is none, names a key twice, or is too long.
    init(_ text: String?) throws {
        self.text = text
        guard let text else {
            values = [:]
            return
        }
        guard text.utf8.count <= Tus.metadataBytesMax else {
            throw ANBError(.invalidRequest, "The header Upload-Metadata may have at most \(Tus.metadataBytesMax) bytes.")
        }
        var values: [String: Data] = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let (key, value) = Self.pair(pair.trimming(while: \.isWhitespace)), values[key] == nil else {
                throw ANBError(
                    .invalidRequest, "The header Upload-Metadata must be pairs of a key and a base64 value, separated by commas.")
            }
            values[key] = value
        }
        self.values = values
    }

    private static func pair(_ text: Substring) -> (key: String, value: Data)? {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let key = parts.first, !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard parts.count == 2 else { return (String(key), Data()) }
        return Data(base64Encoded: String(parts[1])).map { (String(key), $0) }
    }

    /// What the client calls the clip: its title, or the name of its file.
    /// - Throws: ``ANBError/Code/invalidRequest`` when there is neither, or it is not UTF-8.
    func title() throws -> String {
        guard let value = values["title"] ?? values["filename"] else {
            throw ANBError(
                .invalidRequest, "The header Upload-Metadata must have a title, or a filename to be taken as the title.")
        }
        guard let title = String(data: value, encoding: .utf8) else {
            throw ANBError(.invalidRequest, "title must be UTF-8 text.")
        }
        return title
    }

    /// - Throws: ``ANBError/Code/invalidRequest`` when the client says that the file is something else than a video.
    func checkFileType() throws {
        guard let value = values["filetype"], let type = String(data: value, encoding: .utf8), !type.isEmpty else { return }
        try FileType.check(type, "filetype")
    }
}

/// What a client says its file is. Its content decides; this only turns away, before any bytes come, what is plainly no video.
/// Systems guess types by names (an MPEG-TS is a `text/vnd.…` to some), so nothing else is believed.
enum FileType {
    private static let others = ["image/", "font/", "text/plain", "text/html"]

    /// - Parameter name: Of the value, for the message.
    static func check(_ type: String, _ name: String) throws {
        let type = type.lowercased()
        guard !others.contains(where: type.hasPrefix) else {
            throw ANBError(.invalidRequest, "\(name) must be a video's, like video/mp4.")
        }
    }
}
