import ANBCore
import ANBPage
import Crypto
import Foundation
import NIOCore

/// The page's files as they are served. Their folder's name changes with any of them, so that browsers may keep them.
struct PageFiles: Sendable {
    struct File: Sendable {
        var body: ByteBuffer
        var mediaType: String
        /// For `ETag`.
        var tag: String
    }

    static let bundled = PageFiles()

    /// Of all the contents.
    let version: String
    /// With places for what ``PageDocument`` writes.
    let document: String
    private let files: [String: File]

    private init() {
        var all = SHA256()
        all.update(data: PageBundle.document)
        for file in PageBundle.files { all.update(data: file.bytes) }
        version = String(all.finalize().lowercaseHex.prefix(12))
        document = String(decoding: PageBundle.document, as: UTF8.self)
        files = Dictionary(uniqueKeysWithValues: PageBundle.files.map { ($0.name, Self.file($0)) })
    }

    subscript(name: String) -> File? { files[name] }

    private static func file(_ file: PageBundle.File) -> File {
        File(body: ByteBuffer(bytes: file.bytes), mediaType: mediaType(of: file.name), tag: tag(of: file.bytes))
    }

    static func tag(of bytes: some DataProtocol) -> String { "\"\(SHA256.hash(data: bytes).lowercaseHex.prefix(24))\"" }

    private static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
