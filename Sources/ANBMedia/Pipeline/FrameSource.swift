/// A part of the final video: the intro, the player's clip or the outro.
protocol FrameSource {
    /// Hands over the part's pictures in order, at the canvas size, yuv420p.
    /// - Parameter body: The picture and how many output frames it fills; the picture is only lent.
    /// - Returns: Output frames in all.
    func forEachFrame(_ body: (borrowing Frame, _ count: Int) throws -> Void) throws -> Int
}
