import ANBCore
import Glibc
import NIOCore

/// Why a server cannot listen, by the setting that would help.
struct ListeningError {
    let host: String
    let port: Int
    /// Of the settings of address and port.
    var names = (host: "HOST", port: "PORT")

    /// - Returns: `nil` when the error is about something else.
    func explain(_ error: any Error) -> ANBError? {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            ANBError.unavailable(
                "\(names.port): \(port) is in use on \(host); end the other program or choose another port", cause: error)
        case let error as IOError where error.errnoCode == EACCES:
            refusal("\(names.port): this user may not listen on port \(port); choose one above 1023", error)
        case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
            refusal("\(names.host): \(host) is not an address of this machine; 0.0.0.0 is all of them", error)
        case let error as SocketAddressError.UnknownHost:
            refusal("\(names.host): \(host) has no address; 0.0.0.0 is every address of this machine", error)
        default: nil
        }
    }

    private func refusal(_ message: String, _ cause: any Error) -> ANBError {
        ANBError(.misconfigured, message, cause: cause)
    }
}
