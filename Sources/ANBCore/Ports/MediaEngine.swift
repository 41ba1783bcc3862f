/// Turns a player's file into what the contest publishes.
///
/// Rules for every implementation:
/// - `probe` never writes; it refuses what is not one of the accepted containers and codecs, whatever its name.
/// - `transcode` writes only below `outputDirectory`, and verifies each output before it returns.
/// - A file that is broken or refused throws ``ANBError/Code/mediaRejected`` with a sentence for the player
///   (recovery `.never`); a fault of the engine throws ``ANBError/Code/mediaFailed`` and may be retried.
/// - Both stop soon after the surrounding task is cancelled and leave no running work behind.
public protocol MediaEngine: Sendable {
    /// Reads what the file is and decodes its first frame.
    /// - Parameters:
    ///   - path: A readable local file.
    ///   - limits: What is refused before a decoder sees it.
    func probe(path: String, limits: MediaLimits) async throws -> MediaInfo

    /// Opens a recipe's intro, outro and watermark and judges its numbers; used once, before the process takes work.
    /// - Throws: ``ANBError/Code/misconfigured`` naming what cannot be used, for example a bumper that is too long.
    func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws

    /// Makes every rendition, the thumbnail and the poster. The outputs appear under their names only when all are complete.
    /// - Parameters:
    ///   - request: The source, the recipe and the folder for the outputs.
    ///   - progress: Called with non-decreasing fractions, at most a few times a second, from any thread.
    func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport
}

/// One transcode.
public struct TranscodeRequest: Hashable, Sendable, Codable {
    /// A readable local file.
    public var sourcePath: String
    /// An existing, writable folder; files of the same name are replaced.
    public var outputDirectory: String
    /// What to make.
    public var recipe: MediaRecipe
    /// What is refused.
    public var limits: MediaLimits

    /// The contest's own recipe and limits, unless told.
    public init(sourcePath: String, outputDirectory: String, recipe: MediaRecipe = .init(), limits: MediaLimits = .init()) {
        self.sourcePath = sourcePath
        self.outputDirectory = outputDirectory
        self.recipe = recipe
        self.limits = limits
    }
}

/// How far a transcode is.
public struct TranscodeProgress: Hashable, Sendable, Codable {
    /// 0…1, never decreasing within one transcode.
    public var fraction: Double

    /// A place within 0…1.
    public init(fraction: Double) { self.fraction = fraction }
}

/// What a probe found. Sizes are as displayed: rotation and sample aspect ratio are applied.
public struct MediaInfo: Hashable, Sendable, Codable {
    /// `mov`, `matroska`, `avi`, `mpegts` or `mpeg`, by content.
    public var container: String
    /// libavcodec's name, for example `h264`.
    public var videoCodec: String
    /// Pixels, as displayed.
    public var width: Int
    /// Pixels, as displayed.
    public var height: Int
    /// Clockwise turn a player must apply: 0, 90, 180 or 270 degrees.
    public var rotationDegrees: Int
    /// Frames per second, the container's average.
    public var frameRate: Double
    /// Seconds of the video stream, as the file claims.
    public var durationSeconds: Double
    /// libavutil's name, for example `yuv420p`.
    public var pixelFormat: String
    /// Whether pictures are two fields.
    public var isInterlaced: Bool
    /// PQ or HLG.
    public var isHighDynamicRange: Bool
    /// Whether there is a sound that the outputs will not have.
    public var hasAudio: Bool
    /// Size of the file.
    public var byteCount: Int64

    /// What an engine found.
    public init(
        container: String, videoCodec: String, width: Int, height: Int, rotationDegrees: Int, frameRate: Double,
        durationSeconds: Double, pixelFormat: String, isInterlaced: Bool, isHighDynamicRange: Bool, hasAudio: Bool,
        byteCount: Int64
    ) {
        self.container = container
        self.videoCodec = videoCodec
        self.width = width
        self.height = height
        self.rotationDegrees = rotationDegrees
        self.frameRate = frameRate
        self.durationSeconds = durationSeconds
        self.pixelFormat = pixelFormat
        self.isInterlaced = isInterlaced
        self.isHighDynamicRange = isHighDynamicRange
        self.hasAudio = hasAudio
        self.byteCount = byteCount
    }

    enum CodingKeys: String, CodingKey {
        case container, width, height
        case videoCodec = "video_codec"
        case rotationDegrees = "rotation_degrees"
        case frameRate = "frame_rate"
        case durationSeconds = "duration_seconds"
        case pixelFormat = "pixel_format"
        case isInterlaced = "interlaced"
        case isHighDynamicRange = "hdr"
        case hasAudio = "has_audio"
        case byteCount = "byte_count"
    }
}

/// What a transcode made. Its JSON form is the `report.json` of `anb-worker process`.
public struct TranscodeReport: Hashable, Sendable, Codable {
    /// One encoded video.
    public struct Rendition: Hashable, Sendable, Codable {
        /// `720p`, `480p`.
        public var name: String
        /// The file, below the request's output folder.
        public var path: String
        /// Pixels.
        public var width: Int
        /// Pixels.
        public var height: Int
        /// Pictures, bumpers included.
        public var frames: Int
        /// Seconds, bumpers included.
        public var durationSeconds: Double
        /// Size of the file.
        public var byteCount: Int64

        /// One file that is complete.
        public init(name: String, path: String, width: Int, height: Int, frames: Int, durationSeconds: Double, byteCount: Int64) {
            self.name = name
            self.path = path
            self.width = width
            self.height = height
            self.frames = frames
            self.durationSeconds = durationSeconds
            self.byteCount = byteCount
        }

        enum CodingKeys: String, CodingKey {
            case name, path, width, height, frames
            case durationSeconds = "duration_seconds"
            case byteCount = "byte_count"
        }
    }

    /// One JPEG.
    public struct Picture: Hashable, Sendable, Codable {
        /// The file, below the request's output folder.
        public var path: String
        /// Pixels.
        public var width: Int
        /// Pixels.
        public var height: Int
        /// Size of the file.
        public var byteCount: Int64

        /// One file that is complete.
        public init(path: String, width: Int, height: Int, byteCount: Int64) {
            self.path = path
            self.width = width
            self.height = height
            self.byteCount = byteCount
        }

        enum CodingKeys: String, CodingKey {
            case path, width, height
            case byteCount = "byte_count"
        }
    }

    /// One for each of the recipe's, in its order.
    public var renditions: [Rendition]
    /// The small picture.
    public var thumbnail: Picture
    /// The picture of the largest rendition's size.
    public var poster: Picture
    /// What the source is.
    public var input: MediaInfo
    /// Elapsed seconds.
    public var wallSeconds: Double
    /// User and system seconds of the engine over all threads.
    public var cpuSeconds: Double
    /// Largest resident set of the engine's process, bytes.
    public var peakResidentBytes: Int64

    /// What an engine made.
    public init(
        renditions: [Rendition], thumbnail: Picture, poster: Picture, input: MediaInfo, wallSeconds: Double,
        cpuSeconds: Double, peakResidentBytes: Int64
    ) {
        self.renditions = renditions
        self.thumbnail = thumbnail
        self.poster = poster
        self.input = input
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.peakResidentBytes = peakResidentBytes
    }

    enum CodingKeys: String, CodingKey {
        case renditions, thumbnail, poster, input
        case wallSeconds = "wall_seconds"
        case cpuSeconds = "cpu_seconds"
        case peakResidentBytes = "peak_resident_bytes"
    }
}
