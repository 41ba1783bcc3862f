import ANBCore
import CFFmpeg

/// All renditions of one transcode: the largest takes the pictures as they are, the others scale them down.
final class RenditionLadder {
    private struct Rung {
        let encoder: RenditionEncoder
        /// nil where the picture already has the size.
        let scaler: FilterGraph?
    }

    private let rungs: [Rung]
    private let staging: Frame
    private let scaled: Frame
    private var count: Int64 = 0

    /// - Parameter descriptors: One for each rendition of the recipe.
    init(_ recipe: MediaRecipe, _ descriptors: [Int32], limits: MediaLimits, interruption: Interruption) throws {
        guard descriptors.count == recipe.renditions.count else { throw ANBError.engine("one file for each rendition is needed") }
        staging = try Frame()
        scaled = try Frame()
        let canvas = recipe.canvas
        rungs = try zip(recipe.renditions, descriptors).map { rendition, descriptor in
            let sink = try OutputSink(descriptor: descriptor, bytesMax: limits.outputBytesMax, interruption: interruption)
            let encoder = try RenditionEncoder(
                rendition, framesPerSecond: recipe.framesPerSecond,
                framesMax: recipe.clipFramesMax + 2 * recipe.bumperFramesMax, sink: sink)
            return Rung(encoder: encoder, scaler: try Self.scaler(from: canvas, to: rendition))
        }
    }

    /// - Parameters:
    ///   - frame: At the size of the largest rendition, yuv420p.
    ///   - count: Output frames it fills.
    func encode(_ frame: borrowing Frame, count: Int) throws {
        try staging.share(frame)
        staging.pointer.pointee.pts = self.count
        self.count += 1
        for rung in rungs {
            guard let scaler = rung.scaler else {
                try rung.encoder.encode(staging, count: count)
                continue
            }
            try scaler.push(staging, to: "in")
            guard try scaler.pull(into: scaled, from: "out") else { throw LibAV.missingOutput("ladder") }
            try rung.encoder.encode(scaled, count: count)
        }
        staging.clear()
    }

    func finish() throws {
        for rung in rungs { try rung.encoder.finish() }
    }

    private static func scaler(
        from canvas: (width: Int, height: Int), to rendition: MediaRecipe.Rendition
    ) throws -> FilterGraph? {
        guard (rendition.width, rendition.height) != canvas else { return nil }
        let source = FilterGraph.source("in", width: canvas.width, height: canvas.height, format: AV_PIX_FMT_YUV420P)
        return try FilterGraph(
            "\(source),scale=\(rendition.width):\(rendition.height):flags=bicubic,setsar=1,buffersink@out")
    }
}
