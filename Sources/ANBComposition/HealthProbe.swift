import ANBCore
import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a process of this machine whether it lives, as the health check of a container does.
public enum HealthProbe {
    /// A live process answers at once.
    static let waitSecondsMax: Int64 = 3

    /// - Parameter settings: Those of the process.
    /// - Throws: ``ANBError`` when it does not answer 200.
    public static func check(_ settings: Settings) async throws {
        let host = ["0.0.0.0", "::"].contains(settings.host) ? "127.0.0.1" : settings.host
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(settings.port)/health"
        let status: UInt
        do {
            status = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(waitSecondsMax))
                .status.code
        } catch {
            throw ANBError.unavailable("\(url) does not answer: \(Self.reason(error))", cause: error)
        }
        guard status == 200 else { throw ANBError.unavailable("\(url) answered \(status)") }
    }

    /// In the words of the system, where it is the system that refuses.
    private static func reason(_ error: any Error) -> String {
        let below = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        guard let refused = below as? IOError else { return "\(error)" }
        return String(cString: strerror(refused.errnoCode))
    }
}
