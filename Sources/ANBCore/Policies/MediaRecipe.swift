/// How a player's clip becomes what the contest publishes. The default is the contest's own profile.
///
/// A recipe holds no text from a user; it is built from settings only.
public struct MediaRecipe: Hashable, Sendable, Codable {
    /// One encoded size. Clips are fitted and padded into it, never stretched or cropped.
    public struct Rendition: Hashable, Sendable, Codable {
        /// Also the file's name without `.mp4`.
        public var name: String
        /// Even, pixels.
        public var width: Int
        /// Even, pixels.
        public var height: Int
        /// x264's constant rate factor, 0…51; lower is better and larger.
        public var constantRateFactor: Double

        /// A size that the engine judges with its recipe.
        public init(name: String, width: Int, height: Int, constantRateFactor: Double) {
            self.name = name
            self.width = width
            self.height = height
            self.constantRateFactor = constantRateFactor
        }
    }

    /// Seconds an intro or an outro may last.
    public static let bumperSecondsMax = 2.5

    /// Seconds kept from the start of the clip.
    public var clipSecondsMax: Double
    /// Constant output rate.
    public var framesPerSecond: Int
    /// Largest first; each smaller one is scaled from the first.
    public var renditions: [Rendition]
    /// Pixels; the height follows 16:9.
    public var thumbnailWidth: Int
    /// Pixels between the watermark and the right and lower edge of the largest rendition.
    public var watermarkMargin: Int
    /// Files that replace the drawn defaults; `nil` keeps the default.
    public var introPath: String?
    /// Video that replaces the drawn outro; at most 2.5 s.
    public var outroPath: String?
    /// PNG with alpha that replaces the drawn watermark.
    public var watermarkPath: String?

    /// The contest's own profile, unless told otherwise.
    public init(
        clipSecondsMax: Double = 30, framesPerSecond: Int = 30,
        renditions: [Rendition] = [
            Rendition(name: "720p", width: 1280, height: 720, constantRateFactor: 23.5),
            Rendition(name: "480p", width: 854, height: 480, constantRateFactor: 23.5),
        ],
        thumbnailWidth: Int = 480, watermarkMargin: Int = 24,
        introPath: String? = nil, outroPath: String? = nil, watermarkPath: String? = nil
    ) {
        self.clipSecondsMax = clipSecondsMax
        self.framesPerSecond = framesPerSecond
        self.renditions = renditions
        self.thumbnailWidth = thumbnailWidth
        self.watermarkMargin = watermarkMargin
        self.introPath = introPath
        self.outroPath = outroPath
        self.watermarkPath = watermarkPath
    }
}

extension MediaRecipe {
    /// Output frames the clip may fill.
    public var clipFramesMax: Int { Int((clipSecondsMax * Double(framesPerSecond)).rounded()) }

    /// Output frames an intro or an outro may fill.
    public var bumperFramesMax: Int { Int((Self.bumperSecondsMax * Double(framesPerSecond)).rounded()) }
}

/// What a media file may ask of the engine. Refusals come before a decoder opens wherever the header tells.
public struct MediaLimits: Hashable, Sendable, Codable {
    /// Pixels of a row.
    public var widthPixelsMax = 8192
    /// Rows.
    public var heightPixelsMax = 8192
    /// 8192 × 4320.
    public var framePixelsMax = 35_389_440
    /// Smaller pictures are not worth a decoder.
    public var sidePixelsMin = 16
    /// Longer side over shorter side.
    public var aspectRatioMax = 10.0
    /// Streams of all kinds in one file.
    public var streamsMax = 16
    /// Seconds a clip must at least have; shorter ones cannot carry the bumpers' seams.
    public var sourceSecondsMin = 1.0
    /// Pictures a clip must at least have; fewer are a still, or broken times.
    public var picturesMin = 3
    /// Claimed seconds above which the claim itself is not believed.
    public var sourceSecondsMax = 4.0 * 3600
    /// Address space of the child process.
    public var childAddressSpaceBytesMax: UInt64 = 3 << 30
    /// User and system seconds of the child process.
    public var childCPUSecondsMax = 900
    /// Elapsed seconds of one probe.
    public var probeSecondsMax = 10.0
    /// Elapsed seconds of one transcode.
    public var transcodeSecondsMax = 900.0
    /// Elapsed seconds without progress after which a transcode counts as stuck.
    public var noProgressSecondsMax = 60.0
    /// Bytes of any one output.
    public var outputBytesMax: UInt64 = 512 << 20

    /// The contest's own limits.
    public init() {}
}
