import ANBCore
import Foundation

/// Runs transactions, one after the other, on one thread. It opens its connection when it has none and drops it when
/// it is broken.
final class PostgresSession {
    /// How often a body runs at most when others are in its way.
    static let attemptsMax = 8
    private static let pauseSeconds = (first: 0.005, most: 0.2)

    private enum Ending<Value> {
        case returns(Result<Value, any Error>)
        /// Nothing of it happened, and the same may pass now.
        case again(PostgresFailure)
    }

    let address: PostgresAddress
    private let settings: PostgresSettings
    private let ids: any IDGenerator
    private var link: PostgresLink?

    init(_ address: PostgresAddress, _ settings: PostgresSettings, ids: any IDGenerator) {
        self.address = address
        self.settings = settings
        self.ids = ids
    }

    /// Connects, unless it is connected.
    @discardableResult
    func connect() throws -> PostgresLink {
        if let link { return link }
        do {
            let opened = try PostgresLink(address, settings)
            link = opened
            return opened
        } catch let failure as PostgresFailure {
            throw failure.error(address.label)
        }
    }

    /// - Throws: ``ANBError/Code/unavailable`` when the server takes no writes.
    func checkWritable() throws {
        // After a failover the old connection leads to the old server, a new one to the new.
        for _ in 1...2 {
            let setting = try run(.write) { try $0.first("SELECT current_setting('transaction_read_only')") { try $0.text() } }
            guard setting == "on" else { return }
            drop()
        }
        throw PostgresFailure(.refused, state: PostgresFailure.readOnly, "it takes no writes").error(address.label)
    }

    /// Runs a transaction. It runs again after a collision with others, and once more on a new connection when the old one
    /// broke before the commit was sent, or no longer leads to where it should.
    func run<Value>(_ kind: PostgresTransaction.Kind, _ body: (SQLScope) throws -> Value) throws -> Value {
        var attempt = 1
        var hasReconnected = false
        while true {
            switch try runOnce(kind, isFirst: attempt == 1, body) {
            case .returns(let result): return try result.get()
            case .again(let failure):
                let reconnects = link == nil
                guard attempt < Self.attemptsMax, !(reconnects && hasReconnected) else {
                    throw failure.error(address.label)
                }
                hasReconnected = hasReconnected || reconnects
                if failure.isCollision { pause(after: attempt) }
                attempt += 1
            }
        }
    }

    private func runOnce<Value>(
        _ kind: PostgresTransaction.Kind, isFirst: Bool, _ body: (SQLScope) throws -> Value
    ) throws -> Ending<Value> {
        let link = try connect()
        link.begin(kind.begin)
        let transaction = PostgresTransaction(
            link, kind, server: address.label, secondsMax: kind == .migration ? settings.migrationSecondsMax : nil,
            restartsAfterAbsence: isFirst)
        let result = Result { try body(SQLScope(connection: transaction)) }
        if let failure = transaction.failure { return ending(failure, result) }
        if transaction.sawLateArrival {
            rollBack(link)
            return .again(PostgresFailure(.refused, "a row arrived after it was looked for"))
        }
        guard case .success = result else {
            rollBack(link)
            return .returns(result)
        }
        return commit(result, on: link, kind)
    }

    /// After a statement failed. The body's own error goes to the caller; a body that hid the failure gets it anyway.
    private func ending<Value>(_ failure: PostgresFailure, _ result: Result<Value, any Error>) -> Ending<Value> {
        if failure.kind == .refused, !failure.wantsNewConnection, let link { rollBack(link) } else { drop() }
        if failure.kind == .lost || failure.isCollision || failure.wantsNewConnection { return .again(failure) }
        guard case .failure = result else { return .returns(.failure(failure.error(address.label))) }
        return .returns(result)
    }

    private func commit<Value>(
        _ result: Result<Value, any Error>, on link: PostgresLink, _ kind: PostgresTransaction.Kind
    ) -> Ending<Value> {
        // It asked for nothing.
        if link.isBeginning { return .returns(result) }
        do {
            let done = try link.command("COMMIT")
            if done == "COMMIT" { return .returns(result) }
            return .returns(.failure(ANBError.internal("\(address.label): COMMIT was answered \(done)")))
        } catch {
            guard let failure = error as? PostgresFailure else { return .returns(.failure(error)) }
            if failure.kind == .refused {
                rollBack(link)
                return failure.isCollision ? .again(failure) : .returns(.failure(failure.error(address.label)))
            }
            drop()
            if kind == .read { return failure.kind == .lost ? .again(failure) : .returns(result) }
            // It may have happened. Running it again could do it twice; only the caller knows how to find out.
            return .returns(
                .failure(
                    ANBError.unavailable(
                        "\(address.label): the answer to COMMIT was lost: \(failure.message)", cause: failure)))
        }
    }

    private func rollBack(_ link: PostgresLink) {
        if link.isBeginning { return }
        if (try? link.command("ROLLBACK")) == nil { drop() }
    }

    private func drop() { link = nil }

    /// Full jitter, so that those who collided do not meet again.
    private func pause(after attempt: Int) {
        let most = min(Self.pauseSeconds.most, Self.pauseSeconds.first * Double(1 << attempt))
        Thread.sleep(forTimeInterval: most * ids.fraction())
    }
}
