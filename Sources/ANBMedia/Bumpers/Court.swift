/// The background of the bumpers: a dark hall, light on the floor, the lines of a court.
struct Court {
    let width: Float
    let height: Float

    private static let ceiling = Ink(12, 16, 36)
    private static let floor = Ink(54, 24, 12)
    private static let glow = Ink(150, 66, 20)
    private static let line = Ink(255, 176, 104)
    private static let lineOpacity: Float = 0.24

    func shade(_ x: Float, _ y: Float, _ dot: Float) -> Shade {
        let (across, down) = (x / width - 0.5, y / height)
        let hall = Self.ceiling.mixed(with: Self.floor, down * down)
        let distance = Distance.circle(across * 1.5, (down - 0.72) * 1.2, 0)
        let lit = hall.mixed(with: Self.glow, max(0, 1 - distance * 1.5) * 0.7)
        return (lit.mixed(with: Self.line, Distance.cover(lines(x, y), dot) * Self.lineOpacity), 1)
    }

    /// Distance to the nearest line: the three-point arc, the circle at the key, the key itself.
    private func lines(_ x: Float, _ y: Float) -> Float {
        let (dx, halfWidth) = (x - width / 2, height * 0.004)
        let arc = Distance.ring(dx, y - height * 1.18, height * 0.98, halfWidth)
        let circle = Distance.ring(dx, y - height * 0.62, height * 0.21, halfWidth)
        let key = abs(Distance.box(dx, y - height, height * 0.21, height * 0.38)) - halfWidth
        return min(arc, min(circle, key))
    }
}
