import ANBCore
import Foundation
import NIOPosix

/// A file that a worker renews while its runner moves, for health checks of containers. It belongs to the data folder:
/// workers that share one share the sign.
public struct LifeSign: Sendable {
    static let fileName = "worker.alive"
    /// Older than that, nobody renews it any more.
    static let ageSecondsMax = 60

    let path: String

    init(folder: String) { path = "\(folder)/\(Self.fileName)" }

    /// - Parameter settings: Those of the worker.
    /// - Throws: ``ANBError`` when no worker renewed its sign lately.
    public static func check(_ settings: Settings) async throws {
        try await LifeSign(folder: settings.dataDirectory).check(at: SystemClock().now)
    }

    func check(at now: Timestamp) async throws {
        let renewedAt = try await NIOThreadPool.singleton.runIfActive { [path] in
            try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }
        guard let renewedAt else {
            throw ANBError.unavailable(
                "no anb-worker is at work on this folder: there is no \(path); a worker inside anb-api is asked with anb-api health"
            )
        }
        let age = now - Timestamp(renewedAt)
        guard age <= .seconds(Self.ageSecondsMax) else {
            throw ANBError.unavailable("the worker does not move: \(path) is \(age.components.seconds) s old")
        }
    }

    func renew() async throws {
        try await NIOThreadPool.singleton.runIfActive { [path] in
            // Not by a rename: its time is all that counts.
            try Data().write(to: URL(fileURLWithPath: path))
        }
    }

    func remove() async throws {
        try await NIOThreadPool.singleton.runIfActive { [path] in
            guard FileManager.default.fileExists(atPath: path) else { return }
            try FileManager.default.removeItem(atPath: path)
        }
    }
}
