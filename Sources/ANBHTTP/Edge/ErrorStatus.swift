import ANBCore
import HTTPTypes

extension ANBError.Code {
    /// The body came too slowly.
    static let requestTimeout = ANBError.Code(rawValue: "request_timeout")
    /// The path exists, but not with this method.
    static let methodNotAllowed = ANBError.Code(rawValue: "method_not_allowed")
    /// The client speaks another version of a protocol.
    static let unsupportedVersion = ANBError.Code(rawValue: "unsupported_version")
    /// The body is of another type than the one that belongs here.
    static let unsupportedMediaType = ANBError.Code(rawValue: "unsupported_media_type")
    /// No part of the object lies in the requested range.
    static let rangeNotSatisfiable = ANBError.Code(rawValue: "range_not_satisfiable")

    /// The status that answers this code; our own faults are all alike.
    var status: HTTPResponse.Status {
        switch self {
        case .invalidRequest, .conflict, .mediaRejected: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .inProgress, .offsetMismatch: .conflict
        case .gone: .gone
        case .unsupportedVersion: .preconditionFailed
        case .unsupportedMediaType: .unsupportedMediaType
        // Of tus; no other protocol has it.
        case .checksumMismatch: .init(code: 460, reasonPhrase: "Checksum Mismatch")
        case .tooLarge: .contentTooLarge
        case .rangeNotSatisfiable: .rangeNotSatisfiable
        case .idempotencyMismatch: .unprocessableContent
        case .rateLimited: .tooManyRequests
        // A probe that died may be the file's doing or ours: the client may try again, and it is no fault to page for.
        case .mediaFailed, .overloaded, .unavailable: .serviceUnavailable
        default: .internalServerError
        }
    }
}
