import CFFmpeg

/// The default watermark: a ball and the contest's three letters, half transparent.
enum WatermarkArtist {
    private static let width = 196
    private static let height = 56
    private static let opacity: Float = 0.8
    private static let white = Ink(250, 246, 240)
    private static let shadow = Ink(8, 6, 10)

    /// - Returns: A picture with alpha.
    static func draw() throws -> Frame {
        let canvas = try Canvas(width: width, height: height, hasAlpha: true)
        let ball = Basketball(x: 28, y: 28, radius: 26, turn: 0.5)
        let ballShade = ball.shader()
        canvas.paint(in: ball.box) { x, y, dot in
            let shade = ballShade(x, y, dot)
            return (shade.ink, shade.cover * opacity)
        }
        for glyph in Lettering("ANB", height: 34, centerX: 128, top: 11).glyphs {
            canvas.paint(in: glyph.box.grown(by: 3)) { x, y, dot in
                let face = Distance.cover(glyph.distance(x, y), dot)
                let outline = Distance.cover(glyph.distance(x, y) - 2.5, dot) * 0.5
                let cover = max(face, outline)
                return (shadow.mixed(with: white, face), cover * opacity)
            }
        }
        return try Frame(sharing: canvas.frame)
    }
}
