/// How a ``PostgresDatabase`` uses its server. Every wait has a limit here.
public struct PostgresSettings: Hashable, Sendable {
    /// Connections of one process, 1 to 1000; each has a thread of its own and is opened when it is first needed.
    public var connectionsMax: Int
    /// Transactions that may wait for a connection; one more is refused at once.
    public var waitingCountMax = 1000
    /// How long a transaction waits for a connection.
    public var waitSecondsMax = 5.0
    /// How long opening a connection may take, per host of the URL; `connect_timeout` in the URL wins.
    public var connectSecondsMax = 5
    /// How long a statement may run before the server ends it.
    public var statementSecondsMax = 15.0
    /// How long a statement may wait for a row that another transaction holds.
    public var lockSecondsMax = 5.0
    /// How long the server keeps a transaction open whose client says nothing, for example a stopped process.
    public var silenceSecondsMax = 15.0
    /// How much longer than a statement may run the client waits for the answer before it gives the connection up.
    public var answerGraceSeconds = 5.0
    /// How long one schema change, or waiting for another process that makes one, may take.
    public var migrationSecondsMax = 600.0
    /// After how long without work a connection is closed.
    public var idleSecondsMax = 60.0

    /// Waits as they suit a server in the same data centre.
    public init(connectionsMax: Int = 10) { self.connectionsMax = connectionsMax }
}
