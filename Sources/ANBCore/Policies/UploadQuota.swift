/// How much one person may upload on one day, by UTC. What is deleted again counts all the same.
public struct UploadQuota: Hashable, Sendable {
    /// Videos; 0 is no limit.
    public var countMax: Int
    /// Bytes of all of them together; 0 is no limit.
    public var bytesMax: Int64

    /// Limits of one person on one day; 0 is no limit.
    public init(countMax: Int, bytesMax: Int64) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// Days since 1970-01-01.
    public static func day(of time: Timestamp) -> Int64 {
        Int64((Double(time.seconds) / 86_400).rounded(.down))
    }

    /// Whether one more upload is within the quota.
    public func allows(_ byteCount: Int64, beside usage: UploadUsage) -> Bool {
        (countMax == 0 || usage.count < countMax) && (bytesMax == 0 || byteCount <= bytesMax - usage.byteCount)
    }
}

/// What one person uploaded on one day.
public struct UploadUsage: Hashable, Sendable {
    /// Videos.
    public var count: Int
    /// Bytes of all of them.
    public var byteCount: Int64

    /// What was used so far.
    public init(count: Int = 0, byteCount: Int64 = 0) {
        self.count = count
        self.byteCount = byteCount
    }
}

extension UploadQuota {
    private var isOff: Bool { countMax == 0 && bytesMax == 0 }

    /// For an early answer; only ``count(_:of:in:now:)`` decides.
    /// - Throws: ``ANBError/Code/tooLarge`` for more bytes than any day allows, ``ANBError/Code/rateLimited`` with the time
    ///   until the next day.
    func check(_ byteCount: Int64, of owner: UserID, in scope: any ReadScope, now: Timestamp) throws {
        if isOff { return }
        guard bytesMax == 0 || byteCount <= bytesMax else {
            throw ANBError(.tooLarge, "The video is too large; at most \(bytesMax >> 20) MB a day are allowed.")
        }
        guard allows(byteCount, beside: try scope.uploadUsage(of: owner, day: Self.day(of: now))) else { throw exhausted(now) }
    }

    /// Counts an upload in the transaction that accepts it.
    /// - Throws: As ``check(_:of:in:now:)``.
    func count(_ byteCount: Int64, of owner: UserID, in transaction: any TransactionScope, now: Timestamp) throws {
        if isOff { return }
        try check(byteCount, of: owner, in: transaction, now: now)
        guard try transaction.countUpload(of: owner, day: Self.day(of: now), byteCount: byteCount, quota: self) else {
            throw exhausted(now)
        }
    }

    private func exhausted(_ now: Timestamp) -> ANBError {
        let limits = [countMax > 0 ? "\(countMax) videos" : nil, bytesMax > 0 ? "\(bytesMax >> 20) MB" : nil]
        let tomorrow = Timestamp(milliseconds: (Self.day(of: now) + 1) * 86_400_000)
        return ANBError(
            .rateLimited,
            "This is more than you may upload in one day: \(limits.compactMap { $0 }.joined(separator: ", ")). Go on after \(tomorrow).",
            recovery: .retryLater(after: tomorrow - now))
    }
}
