import Glibc

/// A basketball seen from the side, turning as it rolls.
struct Basketball {
    let x: Float
    let y: Float
    let radius: Float
    /// Radians, clockwise.
    let turn: Float

    private static let skin = Ink(236, 112, 28)
    private static let light = Ink(255, 190, 110)
    private static let dark = Ink(120, 46, 8)
    private static let seam = Ink(40, 18, 8)

    var box: PixelBox { PixelBox(x: x, y: y, reach: radius) }

    /// A function to paint with; sine and cosine are taken once for all points.
    func shader() -> (Float, Float, Float) -> Shade {
        let (sine, cosine) = (sin(turn), cos(turn))
        return { pointX, pointY, dot in
            let (dx, dy) = ((pointX - x) / radius, (pointY - y) / radius)
            let cover = Distance.cover(Distance.circle(dx, dy, 1) * radius, dot)
            guard cover > 0 else { return (Self.skin, 0) }
            let (u, v) = (dx * cosine + dy * sine, dy * cosine - dx * sine)
            return (Self.color(u, v, dx, dy, line: dot / radius), cover)
        }
    }

    /// - Parameters:
    ///   - u: Across the ball, turning with it, -1…1.
    ///   - v: Down the ball, turning with it.
    ///   - dx: Across the ball, standing still: light comes from the upper left.
    ///   - dy: Likewise, down.
    ///   - line: The size of one dot in radii.
    private static func color(_ u: Float, _ v: Float, _ dx: Float, _ dy: Float, line: Float) -> Ink {
        let lit = Distance.circle(dx + 0.35, dy + 0.4, 0)
        let surface = lit < 0.5 ? skin.mixed(with: light, (0.5 - lit) * 1.3) : skin.mixed(with: dark, min(1, (lit - 0.5) * 0.75))
        let halfWidth: Float = 0.035
        let arcs = min(Distance.ring(u - 1.3, v, 0.95, halfWidth), Distance.ring(u + 1.3, v, 0.95, halfWidth))
        let nearest = min(arcs, min(abs(u), abs(v)) - halfWidth)
        return surface.mixed(with: seam, Distance.cover(nearest, line))
    }
}
