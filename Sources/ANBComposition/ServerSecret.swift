import ANBCore
import Crypto
import Foundation

/// The one secret of an installation, and the keys that are derived from it.
struct ServerSecret {
    /// Signs access tokens.
    let tokenSecret: String

    /// Derives refresh tokens from their predecessors.
    var refreshKey: SymmetricKey { derived("refresh tokens") }

    /// Signs the URLs of objects that this server serves.
    var mediaKey: SymmetricKey { derived("media links") }

    private func derived(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(tokenSecret.utf8)), info: Data("anb \(purpose)".utf8), outputByteCount: 32)
    }

    /// Takes the secret of the settings, or makes one at the first start and keeps it in the data folder.
    /// - Throws: ``ANBError/Code/misconfigured`` when the folder cannot hold it.
    static func load(_ settings: Settings, ids: any IDGenerator = SystemIDs()) throws -> ServerSecret {
        if let given = settings.jwtSecret { return ServerSecret(tokenSecret: given) }
        let path = "\(settings.dataDirectory)/jwt-secret"
        do {
            try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: path) { try make(path, ids.randomBytes(32).lowercaseHex) }
            let text = try String(contentsOfFile: path, encoding: .utf8)
            guard text.utf8.count >= 32 else {
                throw ANBError(.misconfigured, "ANB_DATA_DIR: \(path) does not hold a secret; remove it, or set JWT_SECRET.")
            }
            return ServerSecret(tokenSecret: text)
        } catch let error as ANBError {
            throw error
        } catch {
            throw ANBError(
                .misconfigured, "ANB_DATA_DIR: \(settings.dataDirectory) cannot be written; set it to a folder that can.",
                cause: error)
        }
    }

    /// The file gets its name only when it is whole. When two processes start at once, the first one's secret stays.
    private static func make(_ path: String, _ secret: String) throws {
        let draft = "\(path).\(getpid())"
        guard
            FileManager.default.createFile(
                atPath: draft, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteNoPermission) }
        defer { try? FileManager.default.removeItem(atPath: draft) }
        if link(draft, path) != 0, errno != EEXIST { throw CocoaError(.fileWriteUnknown) }
    }
}
