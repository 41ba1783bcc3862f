import ANBCore
import Foundation

/// libFuzzer's entry: the environment as lines of `NAME=value`; a name may be the number of a setting.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    var environment: [String: String] = [:]
    for line in text.split(separator: "\n") {
        let halves = line.split(separator: "=", maxSplits: 1).map(String.init)
        guard halves.count == 2 else { continue }
        let name = Int(halves[0]).map { Setting.all[Int($0.magnitude % UInt(Setting.all.count))].name } ?? halves[0]
        // Their files would be read, and a fuzzer must not read whatever it likes.
        if !name.hasSuffix("_FILE") { environment[name] = halves[1] }
    }
    let done = DispatchSemaphore(value: 0)
    let values = environment
    Task.detached {
        await check(values)
        done.signal()
    }
    done.wait()
    return 0
}

private func check(_ environment: [String: String]) async {
    do {
        let sources = try await SettingSources(environment: environment)
        _ = try describeSettings(sources)
        _ = try Settings(sources)
    } catch {
        guard let error = error as? ANBError, error.code == .misconfigured else { preconditionFailure("\(error)") }
        precondition(Setting.all.contains { error.operatorMessage.contains($0.name) }, "no setting is named: \(error)")
    }
}
