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
    ///   - highestDescriptor: The last one in use; no further one can be opened.
    ///   - parent: The process that must be alive.
    /// - Throws: `mediaFailed` when the kernel refuses one of them: nothing is decoded half protected. Only Landlock
    ///   and seccomp may be missing, where the kernel has none; ``MediaSandbox/describe`` says so.
    static func enter(_ limits: MediaLimits, highestDescriptor: Int32, parent: pid_t) throws {
        try require(anb_die_with_parent() == 0 && getppid() == parent, "death with the parent")
        try require(anb_no_new_privileges() == 0, "no new privileges")
        try require(anb_not_dumpable() == 0, "no dumps")
        try require(anb_share_heaps(heapsMax) == 0, "shared heaps")
        // Before the descriptors are counted out: it needs one for a moment.
        if anb_landlock_version() > 0 { try require(anb_landlock_enter() == 0, "Landlock") }
        // Too large a file is then an error of the write, not a signal.
        signal(SIGXFSZ, SIG_IGN)
        try cap(RLIMIT_CORE, at: 0)
        try cap(RLIMIT_AS, at: limits.childAddressSpaceBytesMax)
        try cap(RLIMIT_FSIZE, at: limits.outputBytesMax)
        try cap(RLIMIT_NOFILE, at: UInt64(highestDescriptor) + 1)
        let cpuSeconds = UInt64(max(1, limits.childCPUSecondsMax))
        try cap(RLIMIT_CPU, at: cpuSeconds, hard: cpuSeconds + UInt64(cpuGraceSeconds))
        // Last: it forbids all of the above.
        if anb_seccomp_available() == 1 { try require(anb_seccomp_enter() == 0, "seccomp") }
    }

    private static func cap(_ resource: __rlimit_resource, at soft: UInt64, hard: UInt64? = nil) throws {
        var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard ?? soft))
        try require(setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, "limit of resource \(resource.rawValue)")
    }

    private static func require(_ done: Bool, _ what: String) throws {
        guard done else { throw ANBError.engine("sandbox: \(what) failed: errno \(errno)") }
    }
}
