package import ANBCore

/// - Throws: ``ConformanceFailure`` when the condition is false.
package func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, file: String = #fileID, line: UInt = #line
) throws {
    if !condition { throw ConformanceFailure(message(), file: file, line: line) }
}

/// - Throws: ``ConformanceFailure`` when the values differ.
package func expectEqual<Value: Equatable>(
    _ found: Value?, _ expected: Value?, _ message: @autoclosure () -> String = "",
    file: String = #fileID, line: UInt = #line
) throws {
    if found == expected { return }
    let (foundText, expectedText) = (found.map { "\($0)" } ?? "nothing", expected.map { "\($0)" } ?? "nothing")
    throw ConformanceFailure("\(message()) found \(foundText), expected \(expectedText)", file: file, line: line)
}

/// - Returns: The value.
/// - Throws: ``ConformanceFailure`` when there is none.
package func require<Value>(
    _ value: Value?, _ message: @autoclosure () -> String = "there is no value",
    file: String = #fileID, line: UInt = #line
) throws -> Value {
    guard let value else { throw ConformanceFailure(message(), file: file, line: line) }
    return value
}

/// - Returns: The error of that code which the body threw.
/// - Throws: ``ConformanceFailure`` when the body returns or throws anything else.
@discardableResult
package func expectError<Value>(
    _ code: ANBError.Code, file: String = #fileID, line: UInt = #line,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async throws -> ANBError {
    do {
        _ = try await body()
    } catch let error as ANBError where error.code == code {
        return error
    } catch {
        throw ConformanceFailure("threw \(error), expected \(code)", file: file, line: line)
    }
    throw ConformanceFailure("did not throw, expected \(code)", file: file, line: line)
}
