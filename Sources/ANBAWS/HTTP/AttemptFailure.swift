import ANBCore
import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix

/// How one attempt at a request failed.
enum AttemptFailure {
    /// No connection came to be.
    case notConnected(any Error)
    /// The connection broke, or no answer came in time: the service may have done it.
    case unanswered(any Error)
    case refused(AWSServiceError)

    /// - Throws: What is no failure of the attempt: cancellation.
    init(_ error: any Error) throws {
        if error is CancellationError { throw error }
        if let error = error as? HTTPClientError {
            if error == .cancelled { throw CancellationError() }
            self = Self.beforeConnection.contains(error) ? .notConnected(error) : .unanswered(error)
        } else if let error = error as? AWSServiceError {
            self = .refused(error)
        } else {
            self = Self.tellsOfNoConnection(error) ? .notConnected(error) : .unanswered(error)
        }
    }

    private static func tellsOfNoConnection(_ error: any Error) -> Bool {
        guard let error = error as? IOError else { return error is NIOConnectionError }
        return [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN].contains(error.errnoCode)
    }

    private static let beforeConnection: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
    ]

    /// What the caller gets when there is no further attempt.
    func thrown(by request: AWSRequest) -> any Error {
        switch self {
        case .refused(let error): error
        case .notConnected(let cause):
            ANBError.unavailable("\(request.endpoint) cannot be reached: \(cause)", after: .seconds(5), cause: cause)
        case .unanswered(let cause):
            ANBError.unavailable("\(request.endpoint) does not answer: \(cause)", after: .seconds(1), cause: cause)
        }
    }
}
