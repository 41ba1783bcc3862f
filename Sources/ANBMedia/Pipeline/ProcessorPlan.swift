/// How a transcode spreads over the processors it may use.
///
/// Decoding, fitting and each rendition run on threads of their own; with two processors that fills both, and more
/// threads inside a codec would only cost memory and compression.
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
    var encoderThreads: Int { max(1, min(processors - 1, Self.encoderThreadsMax)) }
}
