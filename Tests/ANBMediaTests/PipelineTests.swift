import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBMedia

/// How work is spread over threads and processors.
@Suite struct PipelineTests {
    @Test func aQueueKeepsItsOrderAndItsBound() throws {
        let queue = BoundedQueue<Int>(elementsMax: 2, interruption: Interruption(secondsMax: 60))
        let producer = WorkThread("test") { () throws -> Bool in
            for number in 0..<100 { guard try queue.put(number) else { return false } }
            queue.close()
            return true
        }
        var taken: [Int] = []
        while let number = try queue.take() { taken.append(number) }
        #expect(taken == Array(0..<100))
        #expect(try producer.outcome().get())
        #expect(try queue.put(1) == false, "closed")
    }

    @Test func aFailedQueueLetsBothSidesGo() throws {
        let queue = BoundedQueue<Int>(elementsMax: 1, interruption: Interruption(secondsMax: 60))
        let producer = WorkThread("test") { () throws -> Bool in
            while try queue.put(1) {}
            return true
        }
        #expect(try queue.take() == 1)
        queue.fail()
        #expect(try producer.outcome().get())
        #expect(throws: CancellationError.self) { try queue.take() }
    }

    @Test func anInterruptionEndsTheWait() {
        let interruption = Interruption(secondsMax: 60)
        let queue = BoundedQueue<Int>(elementsMax: 1, interruption: interruption)
        let consumer = WorkThread("test") { try queue.take() }
        interruption.cancel()
        #expect(throws: CancellationError.self) { try consumer.outcome().get() }
    }

    @Test(arguments: [
        (["/sys/fs/cgroup/cpu.max": "150000 100000\n"], 1.5), (["/sys/fs/cgroup/cpu.max": "max 100000\n"], nil), ([:], nil),
        (["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"], 4),
        (["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"], nil),
        (["/sys/fs/cgroup/cpu.max": "rubbish"], nil), (["/sys/fs/cgroup/cpu.max": "1 0"], nil),
    ])
    func processorsOfAControlGroup(files: [String: String], granted: Double?) {
        #expect(ProcessorCount.granted { files[$0] } == granted)
        #expect(ProcessorCount.available >= 1)
    }

    @Test(arguments: [
        (["/sys/fs/cgroup/memory.max": "2147483648\n"], UInt64(2 << 30)), (["/sys/fs/cgroup/memory.max": "max\n"], 8 << 30),
        ([:], 8 << 30),
        (["/sys/fs/cgroup/memory/memory.limit_in_bytes": "3221225472\n"], 3 << 30),
        (["/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"], 8 << 30),
    ])
    func memoryOfAControlGroup(files: [String: String], granted: UInt64) {
        #expect(EncodeCount.memory(machine: 8 << 30) { files[$0] } == granted)
    }

    @Test(arguments: [(1, 64, 1), (2, 4, 1), (3, 64, 1), (8, 64, 4), (32, 2, 2), (32, 0, 1), (400, 900, 64)])
    func encodesThatFitAMachine(processors: Int, gibibytes: UInt64, count: Int) {
        #expect(EncodeCount.fitting(processors: processors, bytes: gibibytes << 30) == count)
    }

    @Test(arguments: [(1, 1), (2, 2), (64, 6)])
    func encoderThreadsForAnyNumberOfProcessors(processors: Int, threads: Int) {
        #expect(ProcessorPlan(processors: processors).encoderThreads == threads)
    }

    /// 1080p, 4K, 4K with 10 bit, 8K with 10 bit, a size that no file should have.
    @Test(arguments: [(1, [2, 2, 2, 2, 2]), (2, [3, 3, 2, 2, 2]), (64, [4, 4, 2, 2, 2])])
    func decoderThreadsThatPicturesLeaveRoomFor(processors: Int, threads: [Int]) {
        let sizes = [1920 * 1080 * 3 / 2, 3840 * 2160 * 3 / 2, 3840 * 2160 * 3, 7680 * 4320 * 3, .max]
        let plan = ProcessorPlan(processors: processors)
        #expect(sizes.map(plan.decoderThreads) == threads)
        #expect(plan.decoderThreads(pictureBytes: 0) == threads[0], "as for small ones where a header tells nothing")
    }

    @Test(arguments: [("yuv420p", 3), ("yuv420p10le", 6), ("yuv422p10le", 8)])
    func aHeaderTellsHowLargePicturesWillBe(format: String, bytesForTwoPixels: Int) async throws {
        let clip = Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -c:v libx264 -preset ultrafast -pix_fmt \(format)")
        let source = try OpenFile(reading: await clip.path())
        let input = try SourceInput(descriptor: source.descriptor, interruption: Interruption(secondsMax: 60))
        let demuxer = try Demuxer(input, limits: MediaLimits())
        #expect(demuxer.pictureBytes == 320 * 180 * bytesForTwoPixels / 2)
    }

    /// Matroska tells one length for all tracks: longer sound, or a late first picture, is no damage.
    @Test(arguments: ["-f lavfi -i sine=d=6 \(Clip.x264) -c:a aac", "\(Clip.x264) -output_ts_offset 7"])
    func matroskaIsAsLongAsItsPicture(rest: String) async throws {
        let path = try await Clip("-f lavfi -i testsrc2=s=320x180:r=30:d=2 \(rest)", as: "mkv").path()
        let report = try await Studio().transcode(path)
        #expect(report.renditions[0].frames == 60 + 2 * Studio.bumperFrames)
        #expect(abs(report.input.durationSeconds - 2) < 0.1, "\(report.input.durationSeconds)")
    }

    /// A rendition whose file cannot grow must end the job with its own error, and leave no thread behind.
    @Test func aFailingRenditionEndsTheJob() async throws {
        var studio = try await Studio()
        let path = try await Clip.plain.path()
        _ = try await studio.transcode(path)
        studio.limits.outputBytesMax = 20_000
        let error = try await thrownError { try await studio.transcode(path) }
        #expect(error.code == .mediaFailed, "\(error)")
    }
}
