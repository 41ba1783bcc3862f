import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBMedia

/// Nothing is published that was not decoded, or that is not what was decoded.
@Suite struct OutputTests {
    private let rendition = MediaRecipe.Rendition(name: "small", width: 320, height: 180, constantRateFactor: 30)

    /// Twenty frames, encoded.
    private func encoded(_ body: (RenditionEncoder, borrowing Packet) throws -> Void) throws {
        let encoder = try RenditionEncoder(rendition, framesPerSecond: 30, threads: 1)
        for time in 0..<20 {
            let canvas = try Canvas(width: 320, height: 180)
            let ball = Basketball(x: Float(20 + time * 10), y: 90, radius: 30, turn: Float(time))
            canvas.paint(in: ball.box, ball.shader())
            try encoder.encode(canvas.frame, at: time, isMoving: false) { try body(encoder, $0) }
        }
        try encoder.finish { try body(encoder, $0) }
    }

    @Test func theJudgeCountsCleanFrames() throws {
        var judge: SampleJudge?
        try encoded { encoder, sample in
            if judge == nil { judge = try SampleJudge(encoder) }
            try judge?.judge(sample)
        }
        try judge?.finish()
        #expect(judge?.framesDecoded == 20)
    }

    @Test(arguments: [0, 7])
    func theJudgeNoticesADamagedFrame(number: Int) throws {
        var judge: SampleJudge?
        var index = 0
        let error = #expect(throws: ANBError.self) {
            try encoded { encoder, sample in
                if judge == nil { judge = try SampleJudge(encoder) }
                if index == number, let start = sample.bytes.baseAddress {
                    let bytes = UnsafeMutablePointer(mutating: start)
                    for position in 12..<max(13, sample.bytes.count) {
                        bytes[position] = UInt8(truncatingIfNeeded: position &* 151)
                    }
                }
                index += 1
                try judge?.judge(sample)
            }
            try judge?.finish()
        }
        #expect(error?.code == .mediaFailed)
    }

    @Test func whatTheDiskChangedIsNoticed() async throws {
        var studio = try await Studio()
        studio.recipe.renditions = [rendition]
        let report = try await studio.transcode(try await Clip.plain.path())
        let path = report.renditions[0].path
        let encoder = try RenditionEncoder(rendition, framesPerSecond: 30, threads: 1)
        let interruption = Interruption(secondsMax: 60)
        var checksums: [UInt32] = []
        let good = try OpenFile(reading: path)
        try CodedSegment(descriptor: good.descriptor, fitting: encoder, framesMax: 100, interruption: interruption)?
            .forEachSample(from: 0) { checksums.append($0.checksum) }
        let verifier = OutputVerifier(
            rendition: rendition, framesPerSecond: 30, configuration: encoder.configuration, checksums: checksums)
        #expect(try verifier.verify(descriptor: good.descriptor, interruption: interruption) == 2.4)

        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count - 40] ^= 1
        let changed = try OpenFile(reading: try studio.folder.file("changed.mp4", bytes))
        #expect(throws: ANBError.self) { try verifier.verify(descriptor: changed.descriptor, interruption: interruption) }
    }

    @Test func piecesOfAStream() {
        let stream: [UInt8] = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 9, 0, 0, 0, 1, 0x65, 0, 0, 3, 1]
        let pieces = stream.withUnsafeBufferPointer { bytes in H264Bytes.pieces(in: bytes).map { Array(bytes[$0]) } }
        #expect(pieces == [[0x67, 1, 2], [0x68, 9], [0x65, 0, 0, 3, 1]])
        #expect([UInt8]([9, 9]).withUnsafeBufferPointer { H264Bytes.pieces(in: $0) }.isEmpty)
    }

    @Test(arguments: [
        ([0, 0, 0, 2, 0x65, 7, 0, 0, 0, 1, 0x06], [0x65, 0x06]), ([], []), ([0, 0, 0, 3, 0x65, 7], nil),
        ([0, 0, 0, 0, 0x65], nil), ([0, 0, 0], nil), ([0xFF, 0xFF, 0xFF, 0xFF, 1], nil),
    ])
    func piecesOfASample(bytes: [UInt8], first: [UInt8]?) {
        #expect(bytes.withUnsafeBufferPointer { H264Bytes.firstBytes(inSample: $0) } == first)
    }
}
