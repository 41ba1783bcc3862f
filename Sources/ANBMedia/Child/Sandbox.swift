import ANBCore
import CSandbox
import Glibc

/// What a decoding process gives up before it looks at the first byte of a stranger's file.
enum Sandbox {
    /// Heaps that codec threads share; see the shim for what each costs.
    private static let heapsMax: Int32 = 4
    /// After the soft limit's signal the kernel waits this long before it kills.
    private static let cpuGraceSeconds = 5

    /// - Parameters:
    ///   - limits: Of the job.
    ///   - highestDescriptor: The last one in use; no further file or socket can be opened.
    ///   - parent: The process that must be alive.
    /// - Throws: `mediaFailed` when the kernel refuses one of them: nothing is decoded half protected.
    static func enter(_ limits: MediaLimits, highestDescriptor: Int32, parent: pid_t) throws {
        try require(anb_die_with_parent() == 0 && getppid() == parent, "death with the parent")
        try require(anb_no_new_privileges() == 0, "no new privileges")
        try require(anb_not_dumpable() == 0, "no dumps")
        try require(anb_share_heaps(heapsMax) != 0, "shared heaps")
        // Too large a file is then an error of the write, not a signal.
        signal(SIGXFSZ, SIG_IGN)
        try cap(RLIMIT_CORE, at: 0)
        try cap(RLIMIT_AS, at: limits.childAddressSpaceBytesMax)
        try cap(RLIMIT_FSIZE, at: limits.outputBytesMax)
        try cap(RLIMIT_NOFILE, at: UInt64(highestDescriptor) + 1)
        let cpuSeconds = UInt64(max(1, limits.childCPUSecondsMax))
        try cap(RLIMIT_CPU, at: cpuSeconds, hard: cpuSeconds + UInt64(cpuGraceSeconds))
    }

    private static func cap(_ resource: __rlimit_resource, at soft: UInt64, hard: UInt64? = nil) throws {
        var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard ?? soft))
        try require(setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, "limit of resource \(resource.rawValue)")
    }

    private static func require(_ done: Bool, _ what: String) throws {
        guard done else { throw ANBError.engine("sandbox: \(what) failed: errno \(errno)") }
    }
}
