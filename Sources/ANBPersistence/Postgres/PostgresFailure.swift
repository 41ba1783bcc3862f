import ANBCore

/// What the server or libpq said instead of an answer.
struct PostgresFailure: Error, CustomStringConvertible {
    enum Kind: Hashable {
        /// The server refused a statement; the connection is good.
        case refused
        /// The connection is gone.
        case lost
        /// No answer came in time; the server may still be at work.
        case silent
    }

    var kind: Kind
    /// SQLSTATE, when the server gave one.
    var state: String?
    /// One line without secrets: libpq never repeats a password.
    var message: String

    init(_ kind: Kind, state: String? = nil, _ message: String) {
        // The server says that it ends the connection before the socket shows it.
        let says = state.map { Self.endings.contains($0) || $0.hasPrefix("08") } ?? false
        self.kind = kind == .refused && says ? .lost : kind
        self.state = state
        self.message = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, idle_in_transaction_session_timeout
    private static let endings: Set = ["57P01", "57P02", "57P03", "57P05", "25P03"]

    var description: String { [state, message].compactMap(\.self).joined(separator: ": ") }

    /// Another transaction was in the way: the same one may pass now.
    var isCollision: Bool { state == "40001" || state == "40P01" }

    /// Nothing happened, and another connection may do better: a prepared statement does not fit the schema any more, a
    /// proxy forgot it, or the server became a standby and the host's name leads to the new primary.
    var wantsNewConnection: Bool { ["0A000", "26000", Self.readOnly].contains(state) }

    static let readOnly = "25006"
}

extension PostgresFailure {
    /// - Parameter server: Names the server.
    func error(_ server: String) -> ANBError {
        guard kind == .refused else { return .unavailable("\(server): \(message)", cause: self) }
        switch state?.prefix(5) ?? "" {
        case "23505":
            return ANBError(
                .conflict, "This was stored before.", operatorMessage: "\(server): \(message)", cause: self)
        case "40001", "40P01", "55P03":
            var busy = ANBError.unavailable("\(server): others hold the same rows: \(message)", cause: self)
            busy.recovery = .retryNow
            return busy
        case "57014": return .unavailable("\(server): a statement took too long: \(message)", cause: self)
        case "53100":
            return .unavailable("\(server): the disk is full; make room on it", after: .seconds(30), cause: self)
        case "53300": return .unavailable("\(server): it has no free connection: \(message)", cause: self)
        case Self.readOnly:
            return .unavailable(
                "\(server): the database is read-only (a standby, or default_transaction_read_only)",
                after: .seconds(30), cause: self)
        case "42501":
            return .unavailable("\(server): the role lacks a right: \(message)", after: .seconds(30), cause: self)
        case "42P01":
            return .unavailable(
                "\(server): the schema is missing; run anb-api migrate (\(message))", after: .seconds(5), cause: self)
        default: return other(server)
        }
    }

    private func other(_ server: String) -> ANBError {
        switch state?.prefix(2) ?? "" {
        case "53", "58": .unavailable("\(server): \(message)", after: .seconds(5), cause: self)
        case "XX":
            ANBError(
                .corrupted, "The service is temporarily unavailable. Please try again later.",
                operatorMessage: "\(server): \(message)", cause: self)
        default: .internal("\(server): a statement failed: \(message)", cause: self)
        }
    }
}
