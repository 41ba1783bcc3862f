/// How a transcode spreads over the processors it may use.
///
/// Decoding, fitting and each rendition run on threads of their own. The largest rendition alone is nearly half of the
/// work, so its encoder has as many threads as there are processors: on two of them that took 0.83 to 0.86 of the wall
/// time that one thread took, for the same bytes and the same processor time.
struct ProcessorPlan: Hashable, Codable, Sendable {
    private static let decoderThreadsMax = 4
    /// Bytes of pictures at work in the decoder's threads at once: four of 4K, two of 4K with 10 bit. They come on top of
    /// those that others build on.
    private static let decodingBytesMax = 50 << 20
    private static let encoderThreadsMax = 6

    /// 1 or more.
    let processors: Int

    /// Threads of the source's decoder. One more than processors: the oldest picture is fitted while others are decoded, which took
    /// 0.94 to 0.98 of the wall time, and 10 MiB for 1080p. Fewer for large pictures: a third one took 47 MiB for 4K with 10 bit.
    /// - Parameter pictureBytes: Of a decoded picture.
    func decoderThreads(pictureBytes: Int) -> Int {
        min(processors + 1, Self.decoderThreadsMax, max(2, Self.decodingBytesMax / max(1, pictureBytes)))
    }

    /// Threads of a heavy filter: tone mapping, deinterlacing.
    var filterThreads: Int { min(processors, Self.decoderThreadsMax) }

    /// Threads of the encoder of the largest rendition; the others need one.
    var encoderThreads: Int { min(processors, Self.encoderThreadsMax) }
}
