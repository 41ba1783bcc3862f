import CoreMetrics
import Glibc

/// What the system says of this process, by the names that Prometheus' own clients use.
public struct ProcessMetrics: Sendable {
    private let processor: Meter
    private let memory: Meter
    private let descriptors: Meter

    /// - Parameter startedAt: Seconds since 1970.
    public init(startedAt: Double) {
        processor = Meter(label: "process_cpu_seconds_total")
        memory = Meter(label: "process_resident_memory_bytes")
        descriptors = Meter(label: "process_open_fds")
        Meter(label: "process_start_time_seconds").set(startedAt)
        refresh()
    }

    /// Reads anew; nothing changes where the system does not tell.
    public func refresh() {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            processor.set(usage.ru_utime.inSeconds + usage.ru_stime.inSeconds)
        }
        if let pages = Self.residentPages { memory.set(pages * Double(sysconf(Int32(_SC_PAGESIZE)))) }
        if let count = Self.openDescriptors { descriptors.set(count) }
    }

    private static var residentPages: Double? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let words = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
        return words.dropFirst().first.flatMap { Double(String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self)) }
    }

    private static var openDescriptors: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Its two dots, and the descriptor of this look.
        return max(0, count - 3)
    }
}

extension timeval {
    fileprivate var inSeconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
