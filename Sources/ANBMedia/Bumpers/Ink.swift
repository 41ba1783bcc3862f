/// A colour as video stores it: BT.709, limited range.
struct Ink {
    let luma: Float
    let blue: Float
    let red: Float

    /// - Parameters: Each 0…255.
    init(_ r: Float, _ g: Float, _ b: Float) {
        let y = (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255
        luma = 16 + 219 * y
        blue = 128 + 224 * (b / 255 - y) / 1.8556
        red = 128 + 224 * (r / 255 - y) / 1.5748
    }

    private init(luma: Float, blue: Float, red: Float) {
        self.luma = luma
        self.blue = blue
        self.red = red
    }

    /// - Parameter share: 0 is this colour, 1 the other.
    func mixed(with other: Ink, _ share: Float) -> Ink {
        Ink(
            luma: luma + (other.luma - luma) * share, blue: blue + (other.blue - blue) * share,
            red: red + (other.red - red) * share)
    }
}
