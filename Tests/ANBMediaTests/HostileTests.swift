import ANBCore
import CFFmpeg
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ANBMedia

/// No file may end the process that asks, read another file, or come out as a video it is not.
@Suite(.oneOfFew) struct HostileTests {
    @Test(arguments: HostileFile.refused)
    func isRefusedWithAReason(file: HostileFile) async throws {
        let studio = try await Studio(engine: try Studio.childEngine())
        let inputs = try TemporaryFolder()
        let path = try inputs.file("clip.mp4", try await file.bytes())
        let error = try await thrownError { try await studio.transcode(path) }
        #expect(error.code == .mediaRejected, "\(error)")
        #expect(error.recovery == .never && error.userMessage.count > 15 && !error.userMessage.contains("/"))
        #expect(try studio.folder.contents == [])
    }

    /// What shows only after the first picture.
    static let shownLate = ["picture data overwritten", "sample times of 2^29"]

    /// What the header tells must be refused before the upload is answered, not later by the worker.
    @Test(arguments: HostileFile.refused.filter { !shownLate.contains($0.name) })
    func isRefusedByTheProbe(file: HostileFile) async throws {
        let inputs = try TemporaryFolder()
        let path = try inputs.file("clip.mp4", try await file.bytes())
        let engine = try Studio.childEngine()
        let error = try await thrownError { try await engine.probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaRejected, "\(error)")
    }

    /// libav makes room for every sample that is counted: 20 million of one byte took half a gigabyte for each track.
    @Test(arguments: [(UInt32(20_000_000), true), (20_000, false)])
    func samplesThatCannotBeThereGetNoRoom(samples: UInt32, isRefused: Bool) async throws {
        let inputs = try TemporaryFolder()
        var patch = MP4Patch(bytes: try await Clip.plain.bytes())
        try patch.write(1, in: "stsz", at: 4)
        try patch.write(samples, in: "stsz", at: 8)
        try expectRefusal(isRefused, of: try inputs.file("clip.mp4", patch.bytes))
    }

    /// The same in a fragment, and what a camera writes: sound of which each moment counts, but is there.
    @Test func fragmentsAndSoundAreCountedToo() async throws {
        let inputs = try TemporaryFolder()
        let movie = "-f lavfi -i testsrc2=s=320x180:r=30:d=1 -f lavfi -i sine=r=48000:d=1 \(Clip.x264)"
        let pieces = Clip("\(movie) -c:a aac -movflags frag_keyframe+empty_moov")
        var patch = MP4Patch(bytes: try await pieces.bytes())
        try patch.write(100_000_000, in: "trun", at: 4)
        try expectRefusal(true, of: try inputs.file("pieces.mp4", patch.bytes))
        try expectRefusal(false, of: try await pieces.path())
        try expectRefusal(false, of: try await Clip("\(movie) -c:a pcm_s16le", as: "mov").path())
    }

    private func expectRefusal(_ isRefused: Bool, of path: String) throws {
        let file = OpenFile(descriptor: open(path, O_RDONLY))
        let input = Result { try SourceInput(descriptor: file.descriptor, interruption: Interruption(secondsMax: 60)) }
        guard isRefused else {
            _ = try input.get()
            return
        }
        let error = #expect(throws: ANBError.self) { try input.get() }
        #expect(error?.code == .mediaRejected && error?.operatorMessage.contains("samples that it has no room for") == true)
    }

    /// libav goes through all samples for each edit.
    @Test(arguments: [(UInt32(200_000), true), (2, false)])
    func anEditListIsOnlySoLong(edits: UInt32, isRefused: Bool) async throws {
        var patch = MP4Patch(bytes: try await Clip.plain.bytes())
        try patch.write(edits, in: "elst", at: 4)
        try expectFault(isRefused ? "an edit list of 200000" : nil, of: patch)
    }

    @Test func aCompressedHeaderIsNotUnpacked() async throws {
        var patch = MP4Patch(bytes: try await Clip.plain.bytes())
        let name = try patch.content(of: "mvhd") - 4
        patch.bytes.replaceSubrange(name..<name + 4, with: "cmov".utf8)
        try expectFault("a box cmov", of: patch)
    }

    /// libav finds a table of samples in places where no writer puts one.
    @Test(arguments: [
        ["moov", "trak", "mdia", "minf", "dinf"], ["moov", "trak", "mdia", "minf", "stbl"], ["moov", "udta"], ["moov", "mvex"],
        ["moov", "udta", "ilst"], ["moov", "trak", "tref"], ["moov", "wide"], ["free+mvhd"], ["moov", "udta", "meta+hdlr"],
        ["moov", "udta", "meta+version+hdlr"], ["moov", "udta", "meta+version"], ["moov", "trak", "stsd+entry"],
        ["moov", "trak", "stsd+entry", "sinf", "schi"],
    ])
    func samplesAreCountedWhereverLibavLooks(places: [String]) throws {
        // One size for all, or four bits for each; 20 million of them.
        let content: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 4, 0x01, 0x31, 0x2D, 0]
        for table in ["stsz", "stz2"] {
            let bytes = places.reversed().reduce(Self.box(table, content)) { inner, place in
                let parts = place.split(separator: "+").map(String.init)
                return Self.box(parts[0], parts.dropFirst().flatMap { Self.fillers[$0] ?? [] } + inner)
            }
            try expectFault("it counts 20000000 samples that it has no room for", of: MP4Patch(bytes: bytes))
        }
    }

    private static let fillers: [String: [UInt8]] = [
        "mvhd": box("mvhd", []), "hdlr": box("hdlr", [0, 0, 0, 0]), "version": [0, 0, 0, 0],
        "entry": [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 106] + Array("avc1".utf8) + [UInt8](repeating: 0, count: 78),
    ]

    private static func box(_ name: String, _ content: [UInt8]) -> [UInt8] {
        var patch = MP4Patch(bytes: [0, 0, 0, 0] + Array(name.utf8) + content)
        patch.write(UInt32(patch.bytes.count), at: 0)
        return patch.bytes
    }

    /// Nobody looks behind so many boxes, or so deep: what is there is not let through unseen.
    @Test(arguments: [true, false])
    func whatCannotBeLookedAtIsRefused(isDeep: Bool) throws {
        let bytes =
            isDeep
            ? (0..<10).reduce([]) { inner, _ in Self.box("moov", inner) }
            : [[UInt8]](repeating: Self.box("free", []), count: 300_001).flatMap { $0 }
        try expectFault("more than 300000 boxes, or more than 8 within each other", of: MP4Patch(bytes: bytes))
    }

    private func expectFault(_ operatorMessage: String?, of patch: MP4Patch) throws {
        let inputs = try TemporaryFolder()
        let file = OpenFile(descriptor: open(try inputs.file("clip.mp4", patch.bytes), O_RDONLY))
        let fault = HeaderClaims(descriptor: file.descriptor, byteCount: Int64(patch.bytes.count)).fault
        #expect(fault?.operatorMessage == operatorMessage)
        #expect(fault == nil || fault?.code == .mediaRejected)
    }

    /// libav analyses a broadcast before anyone can judge the size of its pictures.
    @Test(arguments: [(8192 * 4320 * 6, true), (16384 * 16384, false)])
    func memoryForOnePictureIsLimited(bytes: Int, isGranted: Bool) {
        LibAV.prepare
        let memory = av_malloc(bytes)
        defer { av_free(memory) }
        #expect((memory != nil) == isGranted)
    }

    /// A disk that fails is not the player's fault: the file is read again later.
    @Test func aFailingDiskIsOurs() async throws {
        let file = OpenFile(descriptor: open(try await Clip.plain.path(), O_RDONLY))
        let input = try SourceInput(descriptor: file.descriptor, interruption: Interruption(secondsMax: 60))
        // A folder in its place: reading fails with an error that no file can cause.
        let folder = OpenFile(descriptor: open("/", O_RDONLY))
        #expect(dup2(folder.descriptor, file.descriptor) == file.descriptor)
        let error = #expect(throws: ANBError.self) { try Demuxer(input, limits: MediaLimits()) }
        #expect(error?.code == .mediaFailed && error?.operatorMessage == "read of the source: errno \(EISDIR)", "\(error as Any)")
    }

    /// Whatever a header asks for, a server that takes uploads has more.
    @Test func aProbeGetsLittleMemory() async throws {
        let runner = FailingRunner()
        _ = try await thrownError { try await runner.probe(path: try await Clip.plain.path(), limits: MediaLimits()) }
        #expect(runner.addressSpace.withLock { $0 } == [1 << 30])
    }

    /// Nobody repeats a probe.
    @Test func aFailedProbeIsNotPromisedToBeRepeated() async throws {
        let error = try await thrownError {
            try await FailingRunner().probe(path: try await Clip.plain.path(), limits: MediaLimits())
        }
        #expect(error.code == .mediaFailed && error.userMessage.contains("send it again"), "\(error)")
    }

    /// A playlist next to a readable segment: the stock tools open the segment.
    @Test func playlistNeverOpensItsNeighbour() async throws {
        let inputs = try TemporaryFolder()
        let segment = try await Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=2 \(Clip.x264)", as: "ts").bytes()
        let segmentPath = try inputs.file("segment.ts", segment)
        let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n\(segmentPath)\n#EXT-X-ENDLIST\n"
        let path = try inputs.file("clip.mp4", Array(playlist.utf8))
        let error = try await thrownError { try await InProcessMediaEngine().probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaRejected)
    }

    /// Scattered damage may be concealed or refused, never blamed on us and never fatal.
    @Test(arguments: 1...6)
    func flippedBytesAreSurvived(seed: UInt64) async throws {
        var studio = try await Studio(engine: try Studio.childEngine())
        studio.recipe.renditions = [MediaRecipe.Rendition(name: "720p", width: 1280, height: 720, constantRateFactor: 35)]
        var bytes = try await Clip.plain.bytes()
        let positions = SeededBytes.make(1200, seed: seed)
        for index in 0..<300 {
            let offset = positions[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | Int($1) } % bytes.count
            bytes[offset] = ~bytes[offset]
        }
        do {
            _ = try await studio.transcode(try studio.folder.file("clip.mp4", bytes))
        } catch let error as ANBError {
            #expect(error.code == .mediaRejected, "\(error)")
        }
    }

    @Test func containerIsKnownByContentNotByName() async throws {
        let inputs = try TemporaryFolder()
        let clip = try await Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libvpx -deadline realtime", as: "webm").bytes()
        let info = try await InProcessMediaEngine().probe(path: try inputs.file("clip.avi", clip), limits: MediaLimits())
        #expect(info.container == "matroska" && info.videoCodec == "vp8" && info.byteCount == Int64(clip.count))
    }
}

/// Notes what it was asked, and fails.
private final class FailingRunner: MediaJobRunner {
    let bumpers = BumperCache(directory: nil)
    let addressSpace = Mutex<[UInt64]>([])

    func run(
        _ job: MediaJob, interruption: Interruption, progress: @escaping @Sendable (Double) -> Void
    ) throws -> MediaJobResult {
        addressSpace.withLock { $0.append(job.limits.childAddressSpaceBytesMax) }
        throw ANBError.engine("no child")
    }
}
