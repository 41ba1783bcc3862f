import CFFmpeg
import CSandbox

/// What protects this machine from strangers' files, for the line that a process prints at its start.
public enum MediaSandbox {
    /// Decoders with holes that are known to be used, kept out whatever version of libav is installed.
    private static let vulnerableDecoders = [(name: "magicyuv", hole: "CVE-2026-8461")]

    /// One line: what a decoding process gives up, the versions of libav, and which decoders can never be reached.
    public static var describe: String {
        "decoding in a child process without rights (\(protections)); \(libraries); \(keptOut)"
    }

    /// What the kernel has not; decoding goes on without.
    public static var missingProtections: [String] {
        (anb_seccomp_available() == 1 ? [] : ["seccomp filter"]) + (anb_landlock_version() > 0 ? [] : ["Landlock"])
    }

    /// What a decoding process gives up.
    public static var protections: String {
        let landlock = anb_landlock_version()
        return [
            "limits on memory, processor time, file size and descriptors",
            anb_seccomp_available() == 1 ? "seccomp filter on" : "NO seccomp filter in this kernel",
            landlock > 0 ? "Landlock \(landlock) on" : "NO Landlock in this kernel",
        ].joined(separator: ", ")
    }

    /// The versions of libav.
    public static var libraries: String {
        let versions = [
            ("libavformat", avformat_version()), ("libavcodec", avcodec_version()), ("libavfilter", avfilter_version()),
        ]
        return versions.map { "\($0) \($1 >> 16).\($1 >> 8 & 0xFF).\($1 & 0xFF)" }.joined(separator: ", ")
    }

    private static var keptOut: String {
        let names = vulnerableDecoders.filter { !AcceptedCodec.decoderNames.split(separator: ",").contains(Substring($0.name)) }
        return "decoders open: \(AcceptedCodec.decoderNames.replacing(",", with: " ")); known holes kept out: "
            + names.map { "\($0.name) (\($0.hole))" }.joined(separator: ", ")
    }
}
