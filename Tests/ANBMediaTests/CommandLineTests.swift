import ANBTesting
import Foundation
import Testing

/// `anb-worker process` and `probe` as scripts see them.
@Suite(.oneOfFew) struct CommandLineTests {
    private func worker(_ arguments: [String]) async throws -> ProgramRun {
        try await ProgramRun.of(try BuiltProducts.path(of: "anb-worker"), arguments)
    }

    @Test func processWritesEverythingAndReports() async throws {
        let folder = try TemporaryFolder()
        let run = try await worker(["process", try await Clip.plain.path(), "--output", folder.path + "/new/folder", "--json"])
        #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
        let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
        #expect(
            Set(report.keys)
                == ["renditions", "thumbnail", "poster", "input", "wall_seconds", "cpu_seconds", "peak_resident_bytes"])
        let renditions = try #require(report["renditions"] as? [[String: Any]])
        #expect(renditions.map { $0["name"] as? String } == ["720p", "480p"])
        #expect(Set(renditions[0].keys) == ["name", "path", "width", "height", "frames", "duration_seconds", "byte_count"])
        #expect(renditions[0]["frames"] as? Int == 210)
        let written = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/new/folder").sorted()
        #expect(written == ["480p.mp4", "720p.mp4", "poster.jpg", "report.json", "thumbnail.jpg"])
        let saved = try Data(contentsOf: folder.url("new/folder/report.json"))
        #expect(String(decoding: saved, as: UTF8.self) + "\n" == run.text)
    }

    @Test(arguments: ["process", "probe"])
    func refusalIsOneLineAnd65(command: String) async throws {
        let folder = try TemporaryFolder()
        let text = try folder.file("clip.mp4", Array("no video".utf8))
        let options = command == "process" ? ["--output", folder.path + "/out"] : []
        let run = try await worker([command, text] + options)
        #expect(run.code == 65 && run.output.isEmpty)
        #expect(run.errors == "This is not a video we can read. Please send an MP4, MOV, WebM, MKV or AVI file.\n")
    }

    @Test func aRefusalIsJSONToo() async throws {
        let folder = try TemporaryFolder()
        let run = try await worker(["probe", try folder.file("clip.mp4", Array("no video".utf8)), "--json"])
        let verdict = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
        #expect(run.code == 65 && verdict["accepted"] as? Bool == false)
        #expect(verdict["failure_code"] as? String == "not_a_video")
        #expect("\(verdict["reason"] ?? "")\n" == run.errors)
    }

    @Test func missingInputIs66() async throws {
        let run = try await worker(["probe", "/nonexistent.mp4"])
        #expect(run.code == 66 && run.errors.split(separator: "\n").count == 1)
    }

    @Test func unwritableOutputIs70() async throws {
        let run = try await worker(["process", try await Clip.plain.path(), "--output", "/proc/nowhere"])
        #expect(run.code == 70 && run.errors.split(separator: "\n").count == 1, "\(run.code) \(run.errors)")
    }

    @Test func probeDescribes() async throws {
        let run = try await worker(["probe", try await Clip.plain.path(), "--json"])
        let info = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
        #expect(info["accepted"] as? Bool == true)
        #expect(info["container"] as? String == "mp4" && info["video_codec"] as? String == "h264")
        #expect(info["width"] as? Int == 640 && info["duration_seconds"] as? Double == 2 && info["has_audio"] as? Bool == true)
        #expect(try await worker(["probe", try await Clip.plain.path()]).text.hasPrefix("mp4 h264 yuv420p 640×360 2.00 s"))
        let quickTime = Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 \(Clip.x264)", as: "mov")
        #expect(try await worker(["probe", try await quickTime.path()]).text.hasPrefix("mov h264"))
    }
}
