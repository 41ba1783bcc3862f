import ANBCore
import Foundation
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
    static let shownLate = ["cut MKV", "picture data overwritten", "sample times of 2^29"]

    /// What the header tells must be refused before the upload is answered, not later by the worker.
    @Test(arguments: HostileFile.refused.filter { !shownLate.contains($0.name) })
    func isRefusedByTheProbe(file: HostileFile) async throws {
        let inputs = try TemporaryFolder()
        let path = try inputs.file("clip.mp4", try await file.bytes())
        let engine = try Studio.childEngine()
        let error = try await thrownError { try await engine.probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaRejected, "\(error)")
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
