/// Signed distances in pixels, negative inside, and how much of a dot they cover.
enum Distance {
    static func circle(_ x: Float, _ y: Float, _ radius: Float) -> Float { (x * x + y * y).squareRoot() - radius }

    static func ring(_ x: Float, _ y: Float, _ radius: Float, _ halfWidth: Float) -> Float {
        abs(circle(x, y, radius)) - halfWidth
    }

    static func box(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) -> Float {
        max(abs(x) - halfWidth, abs(y) - halfHeight)
    }

    /// To the line from (ax, ay) to (bx, by).
    static func segment(_ x: Float, _ y: Float, _ ax: Float, _ ay: Float, _ bx: Float, _ by: Float) -> Float {
        let (dx, dy, px, py) = (bx - ax, by - ay, x - ax, y - ay)
        let length = dx * dx + dy * dy
        let along = length > 0 ? min(1, max(0, (px * dx + py * dy) / length)) : 0
        return circle(px - dx * along, py - dy * along, 0)
    }

    static func cover(_ distance: Float, _ dot: Float) -> Float { min(1, max(0, 0.5 - distance / dot)) }
}
