import ANBCore
import ANBHTTP
import Crypto
import Foundation

/// The secrets of an installation, and the keys that are derived from them.
struct ServerSecret {
    /// The first signs access tokens, all verify them. Never empty.
    let tokenSecrets: [String]

    /// Derives refresh tokens from their predecessors.
    var refreshChain: RefreshTokenChain {
        let keys = tokenSecrets.map { Self.derived("refresh tokens", from: $0) }
        return RefreshTokenChain(key: keys[0], older: Array(keys.dropFirst()))
    }

    /// Signs the URLs of objects that this server serves; those of older secrets still verify.
    func mediaSigner() throws -> LocalURLSigner {
        let keys = tokenSecrets.map { Self.derived("media links", from: $0) }
        return try LocalURLSigner(secret: keys[0], older: Array(keys.dropFirst()))
    }

    private static func derived(_ purpose: String, from secret: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(secret.utf8)), info: Data("anb \(purpose)".utf8), outputByteCount: 32)
    }

    /// Takes the secret of the settings, or makes one at the first start and keeps it in the data folder.
    /// - Throws: ``ANBError/Code/misconfigured`` when the folder cannot hold it.
    static func load(_ settings: Settings, ids: any IDGenerator = SystemIDs()) throws -> ServerSecret {
        if !settings.jwtSecrets.isEmpty { return ServerSecret(tokenSecrets: settings.jwtSecrets) }
        let path = "\(settings.dataDirectory)/jwt-secret"
        do {
            try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: path) { try make(path, ids.randomBytes(32).lowercaseHex) }
            let secrets = lines(try String(contentsOfFile: path, encoding: .utf8))
            guard !secrets.isEmpty, secrets.allSatisfy({ $0.utf8.count >= TokenKeys.secretBytesMin }) else {
                throw ANBError(.misconfigured, "ANB_DATA_DIR: \(path) does not hold a secret; remove it, or set JWT_SECRET.")
            }
            return ServerSecret(tokenSecrets: secrets)
        } catch let error as ANBError {
            throw error
        } catch {
            throw ANBError(
                .misconfigured, "ANB_DATA_DIR: \(settings.dataDirectory) cannot be written; set it to a folder that can.",
                cause: error)
        }
    }

    /// One secret on each line; blanks belong to it, as they did when there was only one.
    static func lines(_ text: String) -> [String] { text.split(whereSeparator: \.isNewline).map(String.init) }

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
