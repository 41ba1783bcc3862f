import ANBCore
import Glibc
import NIOCore

extension Settings {
    /// - Returns: Why the server cannot listen, by the setting that would help; `nil` when the error is about something else.
    func listeningError(_ error: any Error) -> ANBError? {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            ANBError.unavailable(
                "PORT: \(port) is in use on \(host); end the other program or choose another port", cause: error)
        case let error as IOError where error.errnoCode == EACCES:
            Self.refusal("PORT: this user may not listen on port \(port); choose one above 1023", error)
        case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
            Self.refusal("HOST: \(host) is not an address of this machine; 0.0.0.0 is all of them", error)
        case let error as SocketAddressError.UnknownHost:
            Self.refusal("HOST: \(host) has no address; 0.0.0.0 is every address of this machine", error)
        default: nil
        }
    }

    private static func refusal(_ message: String, _ cause: any Error) -> ANBError {
        ANBError(.misconfigured, message, cause: cause)
    }
}
