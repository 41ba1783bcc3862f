/// A rectangle of pixels; right and bottom are outside.
struct PixelBox {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int

    /// Around a centre.
    init(x: Float, y: Float, reach: Float) {
        self.init(left: Int(x - reach) - 1, top: Int(y - reach) - 1, right: Int(x + reach) + 2, bottom: Int(y + reach) + 2)
    }

    init(left: Int, top: Int, right: Int, bottom: Int) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// The part within the picture, on even borders so that chroma fits.
    func clipped(width: Int, height: Int) -> PixelBox {
        PixelBox(
            left: max(0, left) & ~1, top: max(0, top) & ~1, right: min(width, right + 1) & ~1,
            bottom: min(height, bottom + 1) & ~1)
    }
}

extension PixelBox {
    /// Wider by so many pixels on each side.
    func grown(by pixels: Int) -> PixelBox {
        PixelBox(left: left - pixels, top: top - pixels, right: right + pixels, bottom: bottom + pixels)
    }
}
