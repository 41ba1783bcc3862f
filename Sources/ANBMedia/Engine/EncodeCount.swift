import Foundation

/// How many videos one process encodes at the same time unless it is told.
package enum EncodeCount {
    package static let standard = fitting(
        processors: ProcessorCount.available, bytes: memory { try? String(contentsOfFile: $0, encoding: .utf8) })

    /// One encode keeps two processors busy.
    private static let processorsEach = 2
    /// The largest encode seen, of 4K HEVC, took 411 MiB on two processors; more processors mean more pictures in hand.
    private static let bytesEach: UInt64 = 1 << 30
    /// As many as the setting takes.
    private static let countMax = 64

    static func fitting(processors: Int, bytes: UInt64) -> Int {
        max(1, min(processors / processorsEach, Int(clamping: bytes / bytesEach), countMax))
    }

    /// Bytes of the machine, or fewer where a control group grants less.
    /// - Parameter read: A file's text by path.
    static func memory(machine: UInt64 = ProcessInfo.processInfo.physicalMemory, read: (String) -> String?) -> UInt64 {
        let paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        let granted = paths.lazy.compactMap(read).first.flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return min(machine, granted ?? machine)
    }
}
