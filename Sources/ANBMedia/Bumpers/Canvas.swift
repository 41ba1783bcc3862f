import CFFmpeg

/// What is to be seen at one point: a colour and how much of it covers the point, 0…1.
typealias Shade = (ink: Ink, cover: Float)

/// A picture that shapes are painted on, yuv420p or yuva420p.
struct Canvas: ~Copyable {
    let frame: Frame
    private let hasAlpha: Bool

    init(width: Int, height: Int, hasAlpha: Bool = false) throws {
        frame = try Frame(width: width, height: height, format: hasAlpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P)
        self.hasAlpha = hasAlpha
        fill(frame.pointer.pointee.data.0, frame.pointer.pointee.linesize.0, rows: height, with: 16)
        fill(frame.pointer.pointee.data.1, frame.pointer.pointee.linesize.1, rows: height / 2, with: 128)
        fill(frame.pointer.pointee.data.2, frame.pointer.pointee.linesize.2, rows: height / 2, with: 128)
        if hasAlpha { fill(frame.pointer.pointee.data.3, frame.pointer.pointee.linesize.3, rows: height, with: 0) }
    }

    /// A copy that can be painted on without changing the other.
    init(copying other: borrowing Canvas) throws {
        hasAlpha = other.hasAlpha
        frame = try Frame(copying: other.frame)
    }

    /// The whole picture.
    var bounds: PixelBox { PixelBox(left: 0, top: 0, right: frame.width, bottom: frame.height) }

    /// Paints where the shader covers.
    /// - Parameters:
    ///   - box: Nothing outside is touched.
    ///   - shader: Gets a point in pixels and the size of the dot it stands for: 1 for luma, 2 for chroma.
    func paint(in box: PixelBox, _ shader: (_ x: Float, _ y: Float, _ dot: Float) -> Shade) {
        let box = box.clipped(width: frame.width, height: frame.height)
        guard box.left < box.right, box.top < box.bottom else { return }
        paintLuma(box, shader)
        paintChroma(box, shader)
    }

    private func paintLuma(_ box: PixelBox, _ shader: (Float, Float, Float) -> Shade) {
        let picture = frame.pointer.pointee
        guard let luma = picture.data.0 else { return }
        for y in box.top..<box.bottom {
            let row = luma + y * Int(picture.linesize.0)
            let alpha = hasAlpha ? picture.data.3.map { $0 + y * Int(picture.linesize.3) } : nil
            for x in box.left..<box.right {
                let (ink, cover) = shader(Float(x) + 0.5, Float(y) + 0.5, 1)
                guard cover > 0 else { continue }
                guard let alpha else {
                    row[x] = Self.blend(row[x], ink.luma, cover)
                    continue
                }
                let before = Float(alpha[x]) / 255
                let after = cover + before * (1 - cover)
                row[x] = Self.blend(row[x], ink.luma, cover / after)
                alpha[x] = UInt8(min(255, after * 255))
            }
        }
    }

    private func paintChroma(_ box: PixelBox, _ shader: (Float, Float, Float) -> Shade) {
        let picture = frame.pointer.pointee
        guard let blue = picture.data.1, let red = picture.data.2 else { return }
        for y in box.top / 2..<box.bottom / 2 {
            let (blueRow, redRow) = (blue + y * Int(picture.linesize.1), red + y * Int(picture.linesize.2))
            for x in box.left / 2..<box.right / 2 {
                let (ink, cover) = shader(Float(2 * x + 1), Float(2 * y + 1), 2)
                guard cover > 0 else { continue }
                blueRow[x] = Self.blend(blueRow[x], ink.blue, cover)
                redRow[x] = Self.blend(redRow[x], ink.red, cover)
            }
        }
    }

    private static func blend(_ below: UInt8, _ above: Float, _ cover: Float) -> UInt8 {
        let mixed = Float(below) + (above - Float(below)) * cover
        return UInt8(min(255, max(0, mixed + 0.5)))
    }

    private func fill(_ plane: UnsafeMutablePointer<UInt8>?, _ stride: Int32, rows: Int, with value: UInt8) {
        plane?.update(repeating: value, count: Int(stride) * rows)
    }
}
