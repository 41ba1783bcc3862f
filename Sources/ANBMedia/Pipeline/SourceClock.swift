import CFFmpeg

/// The times of decoded pictures, made whole: none running backwards, the first at zero. Where they start anew, as in recordings
/// that were joined byte by byte, they go on from the picture before.
struct SourceClock {
    let timeBase: AVRational
    /// One picture's length in the time base where the file does not tell.
    private let usualLength: Int64
    /// Seconds by which times that are written badly run back at most; farther back they started anew.
    private static let jitterMax = 0.5
    /// Seconds that a picture of a broadcast stands at most; later ones started anew.
    static let broadcastStillMax = 10.0
    private let mayJump: Bool
    /// The times are not of one piece.
    private(set) var hasRestarted = false
    /// What is added to the file's times since they last started anew.
    private var shift: Int64 = 0
    private var first: Int64?
    private var latest: Int64 = 0
    private var last: Int64 = 0
    private(set) var endTime: Int64 = 0

    /// - Parameter mayJump: Times that run far ahead have started anew, too; else a picture may stand for any time.
    init(timeBase: AVRational, frameRate: Double, mayJump: Bool) {
        self.timeBase = timeBase
        self.mayJump = mayJump
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
        var time = guess == anb_no_time ? endTime : guess &+ shift
        if first != nil, startsAnew(seconds(time) - seconds(latest)) {
            shift &+= endTime &- time
            time = endTime
            hasRestarted = true
        }
        latest = first == nil ? time : max(latest, time)
        picture.pointee.pts = time
        picture.pointee.pict_type = AV_PICTURE_TYPE_NONE
        first = first ?? time
        let told = anb_frame_duration(picture)
        let length = told > 0 ? told : usualLength
        if time >= endTime || first == time { endTime = time &+ length }
    }

    /// - Parameter step: Seconds from the latest picture so far to the next.
    private func startsAnew(_ step: Double) -> Bool { step < -Self.jitterMax || mayJump && step > Self.broadcastStillMax }

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
