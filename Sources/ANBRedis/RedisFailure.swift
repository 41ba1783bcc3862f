import ANBCore
import NIOCore
import NIOSSL

/// What a failure below means to the platform.
enum RedisFailure {
    /// The server answered with an error.
    static func refused(_ error: RedisServerError, by endpoint: RedisEndpoint) -> ANBError {
        // The one refusal of this kind without a name of its own.
        if error.message == "ERR max number of clients reached" {
            return .unavailable("Redis at \(endpoint) takes no more clients", cause: error)
        }
        switch error.code {
        case "WRONGPASS", "NOAUTH":
            return misconfigured("Redis at \(endpoint) refuses the user or the password of REDIS_URL", error)
        case "NOPERM":
            return misconfigured("Redis at \(endpoint) forbids the user of REDIS_URL a command that is needed", error)
        case "MOVED", "CROSSSLOT":
            return misconfigured("Redis at \(endpoint) is a cluster; a single primary is needed", error)
        case "LOADING", "BUSY", "READONLY", "MASTERDOWN", "OOM", "MISCONF", "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS":
            return .unavailable("Redis at \(endpoint) cannot work now", cause: error)
        default:
            return .internal("Redis at \(endpoint) refused a command", cause: error)
        }
    }

    /// Connecting or a connection failed.
    static func broken(_ error: any Error, at endpoint: RedisEndpoint) -> any Error {
        switch error {
        case is ANBError, is CancellationError: return error
        case let error as RedisServerError: return refused(error, by: endpoint)
        case is RESPParser.Failure:
            return ANBError.unavailable("\(endpoint) does not speak the protocol of Redis", cause: error)
        case let error as NIOSSLError:
            return ANBError.unavailable("TLS with Redis at \(endpoint) failed", cause: error)
        default:
            return ANBError.unavailable("Redis at \(endpoint) cannot be reached", cause: error)
        }
    }

    static func timedOut(_ endpoint: RedisEndpoint) -> ANBError {
        .unavailable("Redis at \(endpoint) did not answer in time")
    }

    private static func misconfigured(_ message: String, _ cause: RedisServerError) -> ANBError {
        // An operator can mend it while we run, so it is worth trying again.
        ANBError(
            .misconfigured, "The service is temporarily unavailable. Please try again later.", operatorMessage: message,
            recovery: .retryLater(after: .seconds(5)), cause: cause)
    }
}
