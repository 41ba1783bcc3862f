/// How a transcode spreads over the processors it may use.
///
/// Decoding, fitting and each rendition run on threads of their own. The largest rendition alone is nearly half of the
/// work, so its encoder has as many threads as there are processors: on two of them that took 0.83 to 0.86 of the wall
/// time that one thread took, for the same bytes and the same processor time.
struct ProcessorPlan: Hashable, Codable, Sendable {
    private static let decoderThreadsMax = 4
    private static let encoderThreadsMax = 6

    /// 1 or more.
    let processors: Int

    /// Threads of the source's decoder.
    var decoderThreads: Int { min(processors, Self.decoderThreadsMax) }

    /// Threads of a heavy filter: tone mapping, deinterlacing.
    var filterThreads: Int { min(processors, Self.decoderThreadsMax) }

    /// Threads of the encoder of the largest rendition; the others need one.
    var encoderThreads: Int { min(processors, Self.encoderThreadsMax) }
}
