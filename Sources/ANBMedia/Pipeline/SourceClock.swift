import CFFmpeg

/// The times of decoded pictures, made whole: no gaps, none running backwards, the first at zero.
struct SourceClock {
    let timeBase: AVRational
    /// One picture's length in the time base where the file does not tell.
    private let usualLength: Int64
    private var first: Int64?
    private var last: Int64 = 0
    private(set) var endTime: Int64 = 0

    init(timeBase: AVRational, frameRate: Double) {
        self.timeBase = timeBase
        let rate = frameRate.isFinite && frameRate > 0 ? frameRate : 30
        let length = 1 / rate / max(av_q2d(timeBase), 1e-9)
        usualLength = max(1, Int64(exactly: length.rounded()) ?? 1)
    }

    /// Seconds from the first picture to the end of the last one stamped.
    var endSeconds: Double { seconds(endTime) }

    /// Writes the picture's best time into its `pts`.
    mutating func stamp(_ frame: borrowing Frame) {
        let picture = frame.pointer
        let guess = picture.pointee.best_effort_timestamp
        let time = guess == anb_no_time ? endTime : guess
        picture.pointee.pts = time
        picture.pointee.pict_type = AV_PICTURE_TYPE_NONE
        first = first ?? time
        let length = picture.pointee.pkt_duration > 0 ? picture.pointee.pkt_duration : usualLength
        if time >= endTime || first == time { endTime = time &+ length }
    }

    /// - Returns: Seconds since the first picture; nil when the picture comes too late to be shown.
    mutating func seconds(of frame: borrowing Frame) -> Double? {
        let time = frame.pointer.pointee.pts
        guard let first, time >= first, time >= last || time == first else { return nil }
        last = time
        return seconds(time)
    }

    private func seconds(_ time: Int64) -> Double {
        Double(time &- (first ?? 0)) * av_q2d(timeBase)
    }
}
