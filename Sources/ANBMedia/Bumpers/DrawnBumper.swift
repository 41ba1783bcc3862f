import ANBCore
import CFFmpeg
import Glibc

/// The default intro and outro: a ball bounces across the court and leaves the words behind it.
final class DrawnBumper: FrameSource {
    enum Kind {
        case intro, outro

        /// The big word and the two lines below it.
        fileprivate var words: (String, String, String) {
            switch self {
            case .intro: ("ANB", "RISING STARS", "SHOWCASE")
            case .outro: ("VOTE", "FOR YOUR", "RISING STAR")
            }
        }
    }

    private static let white = Ink(250, 246, 240)
    private static let orange = Ink(255, 140, 40)
    private static let shadow = Ink(8, 6, 10)
    /// Output frames of the fade from and to black.
    private static let fadeFrames = 8
    /// The part of the bumper in which the ball crosses.
    private static let crossingShare: Float = 0.62
    private static let bounces: Float = 3

    private let canvas: Canvas
    private let frames: Int
    private let letters: [(glyph: Lettering.Glyph, ink: Ink)]
    private var lettersShown = 0

    init(_ kind: Kind, recipe: MediaRecipe) throws {
        let (width, height) = (Float(recipe.canvas.width), Float(recipe.canvas.height))
        frames = recipe.bumperFramesMax
        canvas = try Canvas(width: recipe.canvas.width, height: recipe.canvas.height)
        let (big, second, third) = kind.words
        let lines = [
            (Lettering(big, height: height * 0.22, centerX: width / 2, top: height * 0.15), Self.orange),
            (Lettering(second, height: height * 0.1, centerX: width / 2, top: height * 0.47), Self.white),
            (Lettering(third, height: height * 0.1, centerX: width / 2, top: height * 0.635), Self.white),
        ]
        letters = lines.flatMap { line, ink in line.glyphs.map { (glyph: $0, ink: ink) } }
            .sorted { $0.glyph.left < $1.glyph.left }
    }

    func forEachFrame(_ body: (borrowing Frame, Int) throws -> Void) throws -> Int {
        let court = Court(width: Float(canvas.frame.width), height: Float(canvas.frame.height))
        canvas.paint(in: canvas.bounds) { x, y, dot in court.shade(x, y, dot) }
        let fade = try fadeFilter()
        let faded = try Frame()
        for index in 0..<frames {
            let picture = try draw(index)
            picture.frame.pointer.pointee.pts = Int64(index)
            try fade.push(picture.frame, to: "in")
            guard try fade.pull(into: faded, from: "out") else { throw LibAV.missingOutput("fade") }
            try body(faded, 1)
        }
        return frames
    }

    /// Words and bar stay on the canvas; the ball is painted on a copy.
    private func draw(_ index: Int) throws -> Canvas {
        let ball = ball(at: Float(index) / (Float(frames) * Self.crossingShare))
        paintBar(upTo: ball.x)
        while lettersShown < letters.count, Float(letters[lettersShown].glyph.left) < ball.x {
            paint(letters[lettersShown])
            lettersShown += 1
        }
        let picture = try Canvas(copying: canvas)
        picture.paint(in: ball.box, ball.shader())
        return picture
    }

    /// - Parameter progress: 0 at the left border, 1 behind the right one.
    private func ball(at progress: Float) -> Basketball {
        let (width, height) = (Float(canvas.frame.width), Float(canvas.frame.height))
        let radius = height * 0.085
        let x = -radius + (width + 2 * radius) * progress
        let bounce = abs(sin(progress * Self.bounces * .pi + 0.6))
        return Basketball(x: x, y: barTop - radius - bounce * height * 0.34, radius: radius, turn: x / radius)
    }

    private var barTop: Float { Float(canvas.frame.height) * 0.82 }

    private func paintBar(upTo x: Float) {
        let (width, height) = (Float(canvas.frame.width), Float(canvas.frame.height))
        let (left, right) = (width * 0.2, min(x, width * 0.8))
        guard right > left else { return }
        let box = PixelBox(left: Int(left), top: Int(barTop), right: Int(right), bottom: Int(barTop + height * 0.011))
        canvas.paint(in: box) { _, _, _ in (Self.orange, 1) }
    }

    private func paint(_ letter: (glyph: Lettering.Glyph, ink: Ink)) {
        let glyph = letter.glyph
        let drop = Float(canvas.frame.height) * 0.006
        canvas.paint(in: glyph.box.grown(by: Int(drop) + 2)) { x, y, dot in
            let face = Distance.cover(glyph.distance(x, y), dot)
            let behind = Distance.cover(glyph.distance(x - drop, y - drop), dot) * 0.6
            let cover = face + behind * (1 - face)
            return cover > 0 ? (Self.shadow.mixed(with: letter.ink, face / cover), cover) : (letter.ink, 0)
        }
    }

    private func fadeFilter() throws -> FilterGraph {
        let source = FilterGraph.source(
            "in", width: canvas.frame.width, height: canvas.frame.height, format: canvas.frame.format)
        let count = Self.fadeFrames
        return try FilterGraph(
            "\(source),fade=t=in:s=0:n=\(count),fade=t=out:s=\(frames - count):n=\(count),buffersink@out")
    }
}
