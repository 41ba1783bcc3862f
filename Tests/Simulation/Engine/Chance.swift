/// Chance that repeats: the same seed gives the same sequence on every machine. Sebastiano Vigna's splitmix64.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    /// - Parameter stream: Different ones of the same seed have nothing to do with each other.
    init(seed: UInt64, stream: UInt64 = 0) {
        state = seed &* 0xD134_2543_DE82_EF95 ^ stream &* 0x2545_F491_4F6C_DD1D
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// The sequence's own function, for hashes.
    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0..<bound, which is small enough for the remainder to be as good as fair.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// True this often, 0…1.
    mutating func happens(_ rate: Double) -> Bool {
        rate > 0 && Double(next() >> 11) * 0x1p-53 < rate
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
