/// How a stored picture must be turned or mirrored before it is shown.
enum Orientation: CaseIterable {
    case upright, turned90, turned180, turned270
    case mirrored, mirrored90, mirrored180, mirrored270

    /// - Parameter matrix: The nine numbers of a display matrix; only the four that turn and mirror are read.
    ///   An oblique turn goes to the nearest quarter.
    init(matrix: [Int32]) {
        guard matrix.count >= 5 else {
            self = .upright
            return
        }
        let (a, b, c, d) = (matrix[0], matrix[1], matrix[3], matrix[4])
        if a.magnitude >= b.magnitude {
            switch (a < 0, d < 0) {
            case (false, false): self = .upright
            case (true, true): self = .turned180
            case (true, false): self = .mirrored
            case (false, true): self = .mirrored180
            }
        } else {
            switch (b < 0, c < 0) {
            case (false, true): self = .turned90
            case (true, false): self = .turned270
            case (false, false): self = .mirrored90
            case (true, true): self = .mirrored270
            }
        }
    }

    /// Clockwise degrees, mirroring left aside.
    var degrees: Int {
        switch self {
        case .upright, .mirrored: 0
        case .turned90, .mirrored90: 90
        case .turned180, .mirrored180: 180
        case .turned270, .mirrored270: 270
        }
    }

    var swapsSides: Bool { degrees % 180 == 90 }

    /// The libavfilter steps that show the picture upright.
    var filters: [String] {
        switch self {
        case .upright: []
        case .turned90: ["transpose=clock"]
        case .turned180: ["hflip", "vflip"]
        case .turned270: ["transpose=cclock"]
        case .mirrored: ["hflip"]
        case .mirrored90: ["transpose=cclock_flip"]
        case .mirrored180: ["vflip"]
        case .mirrored270: ["transpose=clock_flip"]
        }
    }
}
