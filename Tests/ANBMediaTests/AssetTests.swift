import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBMedia

/// What operators may put in place of the drawn bumpers and watermark.
@Suite(.oneOfFew) struct AssetTests {
    @Test func ownBumpersAndWatermarkAreUsed() async throws {
        var studio = try await Studio()
        studio.recipe.watermarkPath = try await Clip(
            "-f lavfi -i color=lime@0.5:s=1000x500,format=rgba -frames:v 1", as: "png"
        ).path()
        try await studio.engine.validate(studio.recipe, limits: studio.limits)
        _ = try await studio.transcode(try await Clip("-f lavfi -i color=red:s=320x180:r=30:d=1 \(Clip.x264)").path())
        let judge = studio.judge("720p.mp4")
        let purple = Judge.Pixel(red: 128, green: 0, blue: 128)
        #expect(try await judge.picture(frame: 3).pixel(640, 360).isNear(purple))
        #expect(try await judge.picture(frame: 38).pixel(640, 360).isNear(purple))
        let clip = try await judge.picture(frame: 20)
        // Scaled to 288 × 144 at most, it ends 24 pixels from both edges and is half seen through.
        #expect(clip.pixel(1250, 690).isNear(Judge.Pixel(red: 127, green: 127, blue: 0)))
        #expect(clip.pixel(1262, 690).isNear(.red) && clip.pixel(1250, 702).isNear(.red) && clip.pixel(950, 690).isNear(.red))
        #expect(try await judge.picture(frame: 3).pixel(1250, 690).isNear(purple), "no mark on bumpers")
    }

    @Test func longBumpersAreRefusedAtTheStart() async throws {
        let studio = try await Studio()
        var recipe = MediaRecipe()
        recipe.introPath = try await Clip("-f lavfi -i color=red:s=320x180:r=30:d=2.7 \(Clip.x264)").path()
        let error = try await thrownError { try await studio.engine.validate(recipe, limits: studio.limits) }
        #expect(error.code == .misconfigured && error.userMessage == "The intro lasts 2.7 s; at most 2.5 s are allowed.")
    }

    @Test func fullLengthBumpersAtAnotherRateAreAccepted() async throws {
        let studio = try await Studio()
        var recipe = MediaRecipe()
        recipe.outroPath = try await Clip("-f lavfi -i color=red:s=320x180:r=25:d=2.5 \(Clip.x264)").path()
        try await studio.engine.validate(recipe, limits: studio.limits)
    }

    @Test(arguments: ["intro", "watermark", "missing", "renditions", "odd"])
    func unusableSettingsAreNamed(setting: String) async throws {
        let engine = try Studio.childEngine()
        let folder = try TemporaryFolder()
        let text = try folder.file("text", Array("not a picture, but long enough to be one".utf8))
        var recipe = MediaRecipe()
        switch setting {
        case "intro": recipe.introPath = text
        case "watermark": recipe.watermarkPath = text
        case "missing": recipe.outroPath = folder.path + "/nothing"
        case "renditions": recipe.renditions = []
        default: recipe.renditions[1].width = 853
        }
        #expect(try await thrownError { try await engine.validate(recipe, limits: MediaLimits()) }.code == .misconfigured)
    }
}
