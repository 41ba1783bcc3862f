/// Turns the irregular times of a source into a constant rate: says how often each picture is shown.
///
/// A picture whose time rounds to output slot n is shown from n until the slot of the next picture; pictures
/// that share a slot give way to the last of them. This is the `fps` filter's rule, kept here so that
/// superfluous pictures are dropped before and not after they are scaled.
struct FramePacer {
    let framesPerSecond: Int
    /// Output frames at most.
    let framesMax: Int
    private(set) var framesShown = 0

    var isFull: Bool { framesShown >= framesMax }

    /// - Parameter seconds: When the next picture starts, or the last one ends, counted from the first picture.
    /// - Returns: How many output frames the picture before that moment fills; 0 when it is dropped.
    mutating func frames(until seconds: Double) -> Int {
        let slot = min(max(0, seconds * Double(framesPerSecond)).rounded(), Double(framesMax))
        let count = max(0, (Int(exactly: slot) ?? framesMax) - framesShown)
        framesShown += count
        return count
    }
}
