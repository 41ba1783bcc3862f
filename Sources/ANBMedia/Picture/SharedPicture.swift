/// A picture that several threads read.
final class SharedPicture: @unchecked Sendable {
    // Nobody writes into the picture or its properties once it is shared.

    let frame: Frame
    /// Output frames it fills.
    let count: Int
    /// Much differs from the picture before.
    let isMoving: Bool

    /// Refers to the same picture; does not copy it.
    init(_ frame: borrowing Frame, count: Int, isMoving: Bool) throws {
        self.frame = try Frame(sharing: frame)
        self.count = count
        self.isMoving = isMoving
    }
}
