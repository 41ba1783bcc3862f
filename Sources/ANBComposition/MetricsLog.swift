import ANBCore
import ANBTelemetry
import Foundation
import ServiceLifecycle

/// Lines of metrics on standard output, where nothing else is written, and a last one at the end.
struct MetricsLog: Service {
    let lines: EmbeddedMetrics
    let process: ProcessMetrics
    let interval: Duration
    let clock: any WallClock

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await clock.sleep(for: interval)
                write()
            }
        }
    }

    private func write() {
        process.refresh()
        for line in (try? lines.lines(at: clock.now)) ?? [] {
            // One write a line. What standard output does not take is lost: there is nobody to tell.
            try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
        }
    }
}
