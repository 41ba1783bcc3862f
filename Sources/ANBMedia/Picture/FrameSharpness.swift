import CFFmpeg

/// How well a yuv420p picture serves as a still: sharp, and neither black nor white.
struct FrameSharpness: Comparable {
    /// Means of luma outside of which a picture counts as dark or blown out.
    private static let usableLuma = 36.0...225.0
    /// Pixels between two looks, both ways.
    private static let step = 3

    let isUsable: Bool
    /// Mean square of the Laplacian.
    let detail: Double

    init(_ frame: borrowing Frame) {
        let picture = frame.pointer.pointee
        guard let luma = picture.data.0, frame.width > 2, frame.height > 2 else {
            (isUsable, detail) = (false, 0)
            return
        }
        let stride = Int(picture.linesize.0)
        var (sum, squares, count) = (0, 0, 0)
        for y in Swift.stride(from: 1, to: frame.height - 1, by: Self.step) {
            for x in Swift.stride(from: 1, to: frame.width - 1, by: Self.step) {
                let here = luma + (y * stride + x)
                let value = Int(here.pointee)
                let laplacian = 4 * value - Int(here[-1]) - Int(here[1]) - Int(here[-stride]) - Int(here[stride])
                sum += value
                squares += laplacian * laplacian
                count += 1
            }
        }
        isUsable = Self.usableLuma.contains(Double(sum) / Double(count))
        detail = Double(squares) / Double(count)
    }

    static func < (left: FrameSharpness, right: FrameSharpness) -> Bool {
        left.isUsable == right.isUsable ? left.detail < right.detail : right.isUsable
    }
}
