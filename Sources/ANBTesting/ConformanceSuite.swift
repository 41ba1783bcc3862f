/// The rules of one port as a list of cases, each run on a fresh backend.
///
/// A suite is a value: any test framework can run it, on any backend.
///
///     @Test(arguments: DatabaseSuite.suite.cases)
///     func behaves(_ rule: ConformanceCase<any Database>) async throws {
///         try await rule.run(MyDatabase())
///     }
public struct ConformanceSuite<Subject>: Sendable {
    /// The port.
    public let name: String
    /// Every rule, in the order in which a reader wants to know them.
    public let cases: [ConformanceCase<Subject>]

    /// A suite of a port of your own.
    public init(_ name: String, _ cases: [ConformanceCase<Subject>]) {
        self.name = name
        self.cases = cases
    }
}

/// One rule of a port.
public struct ConformanceCase<Subject>: Sendable, CustomStringConvertible {
    /// What a correct backend does, as a sentence.
    public let name: String
    /// Tries the rule on a fresh backend; throws ``ConformanceFailure`` when it is broken.
    public let run: @Sendable (Subject) async throws -> Void

    /// A rule of a port of your own.
    public init(_ name: String, _ run: @escaping @Sendable (Subject) async throws -> Void) {
        self.name = name
        self.run = run
    }

    public var description: String { name }
}

/// A rule that does not hold, and where the suite noticed.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// What was found, and what would be right.
    public let message: String
    /// The file of the suite.
    public let file: String
    /// The line in that file.
    public let line: UInt

    /// Thrown by a rule that does not hold.
    public init(_ message: String, file: String = #fileID, line: UInt = #line) {
        self.message = message
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line): \(message)" }
}
