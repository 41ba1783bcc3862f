import ANBCore
import ANBPersistence
import ANBTesting
import Testing

@Suite("Conformance suites")
struct ConformanceSuiteTests {
    @Test func everyRuleHasANameOfItsOwn() {
        for suite in [DatabaseSuite.suite, LedgerSuite.suite] {
            #expect(Set(suite.cases.map(\.name)).count == suite.cases.count)
        }
    }

    @Test func expectationsThrowWhatTheySaw() async throws {
        #expect(throws: ConformanceFailure.self) { try expect(false, "no") }
        #expect(throws: ConformanceFailure.self) { try expectEqual(1, 2) }
        #expect(throws: ConformanceFailure.self) { try expectEqual(nil, 2) }
        #expect(throws: ConformanceFailure.self) { try require(nil as Int?) }
        #expect(try require(3) == 3)
        try expect(true, "yes")
        try expectEqual(2, 2)
        await #expect(throws: ConformanceFailure.self) { try await expectError(.conflict) {} }
        await #expect(throws: ConformanceFailure.self) {
            try await expectError(.conflict) { throw ANBError.internal("another one") }
        }
        try await expectError(.internal) { throw ANBError.internal("this one") }
    }

    @Test func aBrokenBackendFails() async throws {
        let forgetful = ForgetfulDatabase()
        var failures = 0
        for rule in DatabaseSuite.suite.cases {
            do { try await rule.run(forgetful) } catch { failures += 1 }
        }
        #expect(failures > DatabaseSuite.suite.cases.count / 2)
    }
}

/// Starts every transaction on an empty database and says that all is well.
private struct ForgetfulDatabase: Database {
    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await MemoryDatabase().read(body)
    }

    func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await MemoryDatabase().withTransaction(body)
    }

    func migrate() async throws {}
    func check() async throws {}
}
