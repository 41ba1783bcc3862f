import ANBCore

/// Where a picture of any shape lands in the canvas: fitted whole, centred, never stretched.
struct PictureFit: Hashable {
    /// Pixels of the picture within the canvas, as shown.
    let width: Int
    let height: Int
    /// Pixels left of and above it.
    let left: Int
    let top: Int

    /// - Parameters:
    ///   - displayWidth: The picture's width with pixel shape and turning applied.
    ///   - displayHeight: Likewise.
    ///   - canvas: The size to fill, even.
    init(displayWidth: Double, displayHeight: Double, canvas: (width: Int, height: Int)) {
        let scale = min(Double(canvas.width) / displayWidth, Double(canvas.height) / displayHeight)
        width = Self.even(displayWidth * scale, max: canvas.width)
        height = Self.even(displayHeight * scale, max: canvas.height)
        left = (canvas.width - width) / 4 * 2
        top = (canvas.height - height) / 4 * 2
    }

    /// Chroma is stored at half size, so sides and offsets are even. Of two that are as near, the smaller one, as ffmpeg's scale
    /// filter has it: 1080 × 1920 becomes 404 × 720.
    private static func even(_ side: Double, max limit: Int) -> Int {
        min(max(2, Int(side.rounded()) / 2 * 2), limit)
    }
}

/// The size a picture has on a screen.
struct DisplaySize: Hashable {
    let width: Double
    let height: Double

    /// Pixel shapes beyond this are a mistake in the file.
    private static let pixelAspectMax = 10.0

    /// - Parameters:
    ///   - width: Stored pixels.
    ///   - height: Stored pixels.
    ///   - pixelAspect: Width over height of one pixel; what is not a sane ratio counts as square.
    ///   - orientation: How the picture is turned for display.
    init(width: Int, height: Int, pixelAspect: Double, orientation: Orientation) {
        let sane = pixelAspect.isFinite && pixelAspect >= 1 / Self.pixelAspectMax && pixelAspect <= Self.pixelAspectMax
        let shown = (Double(width) * (sane ? pixelAspect : 1), Double(height))
        (self.width, self.height) = orientation.swapsSides ? (shown.1, shown.0) : shown
    }

    /// - Throws: `mediaRejected` when the shape is beyond the limit only once pixel shape is applied.
    func check(_ limits: MediaLimits) throws {
        guard max(width, height) <= limits.aspectRatioMax * min(width, height) else {
            throw ANBError.rejected(.pictureTooNarrow, "The picture is too narrow (\(Int(width)) × \(Int(height)) pixels).")
        }
    }
}
