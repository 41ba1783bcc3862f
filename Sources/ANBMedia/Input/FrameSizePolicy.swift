import ANBCore

/// Which picture sizes are decoded.
struct FrameSizePolicy {
    let limits: MediaLimits

    init(_ limits: MediaLimits) { self.limits = limits }

    /// - Throws: `mediaRejected` with the size and what would be accepted.
    func check(width: Int, height: Int) throws {
        guard width >= limits.sidePixelsMin, height >= limits.sidePixelsMin else {
            throw ANBError.rejected(.pictureTooSmall, "The picture is too small (\(width) × \(height) pixels).")
        }
        try checkLargest(width: width, height: height)
        guard Double(max(width, height)) <= limits.aspectRatioMax * Double(min(width, height)) else {
            throw ANBError.rejected(.pictureTooNarrow, "The picture is too narrow (\(width) × \(height) pixels).")
        }
    }

    /// - Throws: `mediaRejected` when the picture would take too much memory, whatever it is good for.
    func checkLargest(width: Int, height: Int) throws {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard width <= limits.widthPixelsMax, height <= limits.heightPixelsMax, !overflow, pixels <= limits.framePixelsMax
        else {
            throw ANBError.rejected(
                .pictureTooLarge, "The picture is too large (\(width) × \(height) pixels). Please send at most 4K.")
        }
    }
}
