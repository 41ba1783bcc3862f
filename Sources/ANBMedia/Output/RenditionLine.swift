import ANBCore

/// A rendition at work on a thread of its own, fed with pictures by the job's thread.
final class RenditionLine {
    /// Pictures that wait at most: enough to even out slow frames, few enough to stay small.
    private static let picturesWaitingMax = 6

    private let queue: BoundedQueue<SharedPicture>
    private let thread: WorkThread<TranscodeOutcome.Rendition>

    init(_ track: RenditionTrack, name: String, interruption: Interruption) {
        let queue = BoundedQueue<SharedPicture>(elementsMax: Self.picturesWaitingMax, interruption: interruption)
        self.queue = queue
        thread = WorkThread("media-\(name)") {
            // However the work ends, the job's thread must not wait for room for ever.
            defer { queue.fail() }
            try track.start()
            while let picture = try queue.take() { try track.add(picture) }
            return try track.finish()
        }
    }

    /// - Throws: The rendition's own error when it has failed.
    func put(_ picture: SharedPicture) throws {
        if try queue.put(picture) { return }
        _ = try thread.outcome().get()
        throw ANBError.engine("a rendition ended before its pictures")
    }

    /// No picture will follow.
    func close() { queue.close() }

    /// Waits for the verified file.
    func outcome() throws -> TranscodeOutcome.Rendition { try thread.outcome().get() }

    /// Ends the work without a result, and waits until it has ended.
    func abandon() {
        queue.fail()
        _ = thread.outcome()
    }
}
