import ANBCore
import ANBTesting
import Testing

@testable import ANBMedia

/// The parts that need no codec.
@Suite struct PictureTests {
    @Test func pacerShowsEachSlotOnce() {
        var pacer = FramePacer(framesPerSecond: 30, framesMax: 900)
        let counts = (1...25).map { pacer.frames(until: Double($0) / 25) }
        #expect(counts.reduce(0, +) == 30 && counts.allSatisfy { (1...2).contains($0) })
    }

    @Test func pacerDropsSurplusAndStopsAtTheEnd() {
        var pacer = FramePacer(framesPerSecond: 30, framesMax: 45)
        let counts = (1...240).map { pacer.frames(until: Double($0) / 120) }
        #expect(counts.reduce(0, +) == 45 && counts.allSatisfy { $0 <= 1 } && pacer.isFull)
    }

    @Test(arguments: [Double.infinity, .nan, -1, 1e300])
    func pacerSurvivesAbsurdTimes(seconds: Double) {
        var pacer = FramePacer(framesPerSecond: 30, framesMax: 900)
        #expect((0...900).contains(pacer.frames(until: seconds)))
    }

    @Test(arguments: [
        (1920.0, 1080.0, 1280, 720, 0, 0), (1080, 1920, 404, 720, 438, 0), (640, 480, 960, 720, 160, 0),
        (1000, 100, 1280, 128, 0, 296),
        (1, 1, 720, 720, 280, 0), (10_000, 1, 1280, 2, 0, 358),
    ])
    func fitIsCentredEvenAndInside(width: Double, height: Double, fitWidth: Int, fitHeight: Int, left: Int, top: Int) {
        let fit = PictureFit(displayWidth: width, displayHeight: height, canvas: (1280, 720))
        #expect(fit.width == fitWidth && fit.height == fitHeight && fit.left == left && fit.top == top)
    }

    @Test(arguments: [(0, false), (64, false), (96, true), (320, true)])
    func aPictureMovesWhereMuchOfItChanges(columns: Int, moves: Bool) throws {
        let (width, height) = (320, 160)
        let meter = try MotionMeter()
        let before = try Canvas(width: width, height: height)
        let after = try Canvas(width: width, height: height)
        after.paint(in: PixelBox(left: 0, top: 0, right: columns, bottom: height)) { _, _, _ in (Ink(255, 255, 255), 1) }
        #expect(try !meter.isMoving(before.frame))
        #expect(try meter.isMoving(after.frame) == moves)
    }

    @Test func replyMayArriveInAnyPieces() throws {
        let bytes =
            try ReplyFraming.encode(.progress(0.25))
            + ReplyFraming.encode(.failed(ChildFailure(ANBError.rejected(.notAVideo, "No.\n\u{1B}[31m"))))
        var parser = ReplyParser()
        let replies = try bytes.flatMap { try parser.append([$0]) }
        guard replies.count == 2, case .progress(0.25) = replies[0], case .failed(let failure) = replies[1] else {
            throw ConformanceFailure("\(replies)")
        }
        #expect(failure.error.code == .mediaRejected && failure.error.userMessage == "No.  [31m")
        #expect(failure.error.failureCode == .notAVideo)
    }

    @Test func childMayNotClaimOtherCodes() {
        var failure = ChildFailure(ANBError.rejected(.tooShort, "x"))
        failure.code = ANBError.Code.staleFence.rawValue
        #expect(failure.error.code == .mediaFailed)
    }

    @Test func letteringStaysInItsBoxes() {
        let line = Lettering("ABCDEFGHIJKLMNOPQRSTUVWXYZ !", height: 60, centerX: 640, top: 100)
        #expect(line.glyphs.count == 26)
        for glyph in line.glyphs {
            #expect(glyph.distance(Float(glyph.box.left), 130) > -1 && glyph.box.top < 100 && glyph.box.bottom > 160)
        }
        #expect(zip(line.glyphs, line.glyphs.dropFirst()).allSatisfy { $0.left < $1.left })
    }
}
