import ANBCore
import CPostgres
import Dispatch
import Foundation

/// One connection to the server. It is used by one thread, which may wait: see ``PostgresPool``.
///
/// Errors are ``PostgresFailure``.
final class PostgresLink {
    /// Statements prepared on one connection; the shared SQL has fewer.
    private static let preparedCountMax = 256

    private let raw: OpaquePointer
    private let answerSecondsMax: Double
    /// Their names, by SQL.
    private var prepared: [String: String] = [:]
    /// Goes out with the first statement of its transaction, which saves a turn.
    private var beginning: String?

    /// Connects. What the URL says wins over what is given here.
    init(_ address: PostgresAddress, _ settings: PostgresSettings) throws {
        let parameters = [
            ("connect_timeout", "\(settings.connectSecondsMax)"), ("application_name", "anb"),
            // A peer that is gone without a word is noticed within half a minute, and while sending within ten seconds.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("dbname", address.connectionString), ("client_encoding", "UTF8"),
        ]
        let connected = CStrings.with(parameters.map(\.0) + [nil]) { keys in
            CStrings.with(parameters.map(\.1) + [nil]) { PQconnectdbParams(keys, $0, 1) }
        }
        guard let connected else { throw PostgresFailure(.lost, "libpq is out of memory") }
        raw = connected
        answerSecondsMax = settings.statementSecondsMax + settings.answerGraceSeconds
        guard PQstatus(connected) == CONNECTION_OK else { throw failure(.lost) }
        try configure(settings)
    }

    deinit { PQfinish(raw) }

    private func configure(_ settings: PostgresSettings) throws {
        let encoding = PQparameterStatus(raw, "server_encoding").map { String(cString: $0) }
        guard encoding == "UTF8" else {
            throw PostgresFailure(.refused, "the database has the encoding \(encoding ?? "?"); make it with UTF8")
        }
        func milliseconds(_ seconds: Double) -> Int { Int(seconds * 1000) }
        // Notices such as "relation already exists, skipping" would go to standard error.
        for (name, value) in [
            ("statement_timeout", milliseconds(settings.statementSecondsMax)),
            ("lock_timeout", milliseconds(settings.lockSecondsMax)),
            ("idle_in_transaction_session_timeout", milliseconds(settings.silenceSecondsMax)),
        ] { try command("SET \(name) = \(value)") }
        try command("SET client_min_messages = warning")
    }

    /// Whether nothing more can be done with it.
    var isBroken: Bool { PQstatus(raw) != CONNECTION_OK }

    /// Runs a statement without parameters.
    /// - Parameter seconds: How long the answer may take; the usual limit unless told.
    /// - Returns: What the server did.
    @discardableResult
    func command(_ sql: String, within seconds: Double? = nil) throws -> String {
        beginning = nil
        guard PQsendQuery(raw, sql) == 1 else { throw failure(.lost) }
        return try receive(within: seconds).command
    }

    /// Begins a transaction with the next statement.
    func begin(_ sql: String) { beginning = sql }

    /// Whether the transaction that began has sent nothing yet.
    var isBeginning: Bool { beginning != nil }

    /// Runs a statement; one that comes again is prepared.
    /// - Parameter sql: In the shared dialect.
    func run<Value>(
        _ sql: String, _ values: [SQLValue], within seconds: Double? = nil, _ read: (borrowing PostgresAnswer) -> Value
    ) throws -> Value {
        let name = try preparedName(sql)
        guard beginning == nil else {
            var found: Value?
            try pipeline(sql, as: name, [values][...], within: seconds) { found = read($0) }
            guard let found else { throw failure(.lost) }
            return found
        }
        try send(sql, as: name, values)
        return read(try receive(within: seconds))
    }

    private func send(_ sql: String, as name: String?, _ values: [SQLValue]) throws {
        let sent = CStrings.with(values.map(\.postgresText)) { texts in
            let count = Int32(values.count)
            if let name { return PQsendQueryPrepared(raw, name, count, texts, nil, nil, 0) }
            return PQsendQueryParams(raw, PostgresStatement.translate(sql), count, nil, texts, nil, nil, 0)
        }
        guard sent == 1 else { throw failure(.lost) }
    }

    private func preparedName(_ sql: String) throws -> String? {
        if let name = prepared[sql] { return name }
        guard prepared.count < Self.preparedCountMax, PostgresStatement.isWorthPreparing(sql) else { return nil }
        let name = "s\(prepared.count)"
        guard PQsendPrepare(raw, name, PostgresStatement.translate(sql), 0, nil) == 1 else { throw failure(.lost) }
        _ = try receive(within: nil)
        prepared[sql] = name
        return name
    }

    // MARK: - Several at once

    /// Statements that go out before the first answer is read. Few enough that neither side's buffers fill up while
    /// both of them write.
    private static let pipelineCountMax = 50

    /// Runs a statement with the values of each, without waiting in between.
    func runEach<Value>(
        _ sql: String, _ values: [[SQLValue]], within seconds: Double? = nil, _ read: (borrowing PostgresAnswer) -> Value
    ) throws -> [Value] {
        guard values.count > 1 else { return try values.map { try run(sql, $0, within: seconds, read) } }
        let name = try preparedName(sql)
        var found: [Value] = []
        for start in stride(from: 0, to: values.count, by: Self.pipelineCountMax) {
            let some = values[start..<min(start + Self.pipelineCountMax, values.count)]
            try pipeline(sql, as: name, some, within: seconds) { found.append(read($0)) }
        }
        return found
    }

    /// Sends the beginning of the transaction, if that is still to come, and the statements in one piece.
    private func pipeline(
        _ sql: String, as name: String?, _ values: ArraySlice<[SQLValue]>, within seconds: Double?,
        _ read: (borrowing PostgresAnswer) -> Void
    ) throws {
        guard PQenterPipelineMode(raw) == 1 else { throw failure(.lost) }
        var skipped = 0
        if let beginning {
            guard PQsendQueryParams(raw, beginning, 0, nil, nil, nil, nil, 0) == 1 else { throw failure(.lost) }
            (self.beginning, skipped) = (nil, 1)
        }
        for values in values { try send(sql, as: name, values) }
        guard PQpipelineSync(raw) == 1 else { throw failure(.lost) }
        try receiveAll(skipped + values.count, within: seconds) { answer in
            if skipped > 0 { skipped -= 1 } else { read(answer) }
        }
        guard PQexitPipelineMode(raw) == 1 else { throw failure(.lost) }
    }

    /// Reads the answers of a pipeline to its end, also when one of them is a failure.
    private func receiveAll(_ count: Int, within seconds: Double?, _ read: (borrowing PostgresAnswer) -> Void) throws {
        let limit = DispatchTime.now() + (seconds ?? answerSecondsMax)
        var firstFailure: PostgresFailure?
        for _ in 0..<count {
            // An answer, and the end of it.
            guard let answer = try result(until: limit) else { throw failure(.lost) }
            firstFailure = firstFailure ?? answer.failure
            if firstFailure == nil { read(answer) }
            while try result(until: limit) != nil {}
        }
        _ = try result(until: limit)
        if isBroken { throw firstFailure.map { PostgresFailure(.lost, state: $0.state, $0.message) } ?? failure(.lost) }
        guard let firstFailure else { return }
        guard PQexitPipelineMode(raw) == 1 else { throw failure(.lost) }
        throw firstFailure
    }

    // MARK: - Waiting for the answer

    private func result(until limit: DispatchTime) throws -> PostgresAnswer? {
        try awaitInput(until: limit)
        return PQgetResult(raw).map { PostgresAnswer($0) }
    }

    private func receive(within seconds: Double?) throws -> PostgresAnswer {
        let limit = DispatchTime.now() + (seconds ?? answerSecondsMax)
        var last: PostgresAnswer?
        var firstFailure: PostgresFailure?
        while true {
            guard let answer = try result(until: limit) else { break }
            firstFailure = firstFailure ?? answer.failure
            last = consume answer
        }
        if isBroken { throw firstFailure.map { PostgresFailure(.lost, state: $0.state, $0.message) } ?? failure(.lost) }
        if let firstFailure { throw firstFailure }
        guard let last else { throw failure(.lost) }
        return last
    }

    /// Waits until libpq has a whole result.
    private func awaitInput(until limit: DispatchTime) throws {
        while PQisBusy(raw) == 1 {
            let now = DispatchTime.now()
            guard now < limit else { throw PostgresFailure(.silent, "no answer came in time") }
            let milliseconds = (limit.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000_000 + 1
            var descriptor = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, Int32(clamping: milliseconds))
            // 0 means that the connection is lost; the result that follows says how.
            if PQconsumeInput(raw) == 0, isBroken { return }
        }
    }

    private func failure(_ kind: PostgresFailure.Kind) -> PostgresFailure {
        PostgresFailure(kind, String(cString: PQerrorMessage(raw)))
    }
}

/// Texts as C wants them.
private enum CStrings {
    /// - Parameter body: The pointers are good only within it.
    static func with<Value>(
        _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) throws -> Value
    ) rethrows -> Value {
        var bytes: [CChar] = []
        let starts = texts.map { text -> Int? in
            guard let text else { return nil }
            defer { bytes += text.utf8.map(CChar.init(bitPattern:)) + [0] }
            return bytes.count
        }
        return try bytes.withUnsafeBufferPointer { buffer in
            let pointers = starts.map { start in start.flatMap { offset in buffer.baseAddress.map { $0 + offset } } }
            return try pointers.withUnsafeBufferPointer { try body($0.baseAddress) }
        }
    }
}
