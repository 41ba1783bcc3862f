/// What one hashing costs.
public struct Argon2Parameters: Hashable, Sendable {
    /// KiB of memory.
    public var memoryKiB: UInt32
    /// Passes over the memory.
    public var passes: UInt32
    /// Lanes; computed one after the other in one thread.
    public var lanes: UInt32

    /// - Parameters: OWASP's first choice for Argon2id unless told: 19 MiB, 2 passes, 1 lane.
    public init(memoryKiB: UInt32 = 19 << 10, passes: UInt32 = 2, lanes: UInt32 = 1) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// Reads the parameters of an encoded hash, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
    init?(encodedHash: String) {
        let parts = encodedHash.split(separator: "$")
        guard parts.count == 5, parts[0] == "argon2id", parts[1] == "v=19" else { return nil }
        var values: [Substring: UInt32] = [:]
        for pair in parts[2].split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let value = UInt32(sides[1]) else { return nil }
            values[sides[0]] = value
        }
        guard let memory = values["m"], let passes = values["t"], let lanes = values["p"] else { return nil }
        self.init(memoryKiB: memory, passes: passes, lanes: lanes)
    }

    /// Whether any of them is less than the other's.
    func isWeaker(than other: Argon2Parameters) -> Bool {
        memoryKiB < other.memoryKiB || passes < other.passes || lanes < other.lanes
    }
}
