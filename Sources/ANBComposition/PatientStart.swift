import ANBCore
import Logging

/// Runs one step of a start again and again while what it needs is away: whoever started the process would start it again
/// anyway. A setting that is wrong still ends the start. The wait ends by SIGTERM.
func patiently<Value>(_ logger: Logger, _ body: () async throws -> Value) async throws -> Value {
    var pause = Duration.seconds(1)
    while true {
        do {
            return try await body()
        } catch let error as ANBError where CommandExit.code(for: error) == CommandExit.tryAgain {
            logger.warning("the start waits", metadata: ["error": "\(error.operatorMessage)", "retry_in": "\(pause)"])
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(30))
        }
    }
}
