import Glibc

/// The largest resident set of this process, read from the kernel's own record.
///
/// `getrusage` will not do: its figure survives `exec`, so a small child inherits its parent's peak.
final class PeakMemory {
    let descriptor: Int32

    /// Opens the record; later reads need no right to open files.
    init() { descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// 0 where the kernel does not tell.
    var bytes: Int64 {
        var text = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &text, text.count, 0)
        let lines = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
        return (Int64(line.filter(\.isNumber)) ?? 0) * 1024
    }
}
