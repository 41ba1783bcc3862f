import ANBCore

/// Encodes intro and outro once, with the very settings of the renditions they will be part of.
struct BumperWorkshop {
    let recipe: MediaRecipe
    let assets: Assets
    let limits: MediaLimits
    let interruption: Interruption

    /// - Parameter outputs: Empty files open for reading and writing.
    func encode(_ outputs: BumperDescriptors, progress: @escaping (Double) -> Void) throws {
        let meter = ProgressMeter(framesExpected: 2 * recipe.bumperFramesMax, report: progress)
        try encode(.intro, outputs.intro, meter)
        try encode(.outro, outputs.outro, meter)
        meter.finish()
    }

    private func encode(_ kind: DrawnBumper.Kind, _ outputs: [Int32], _ meter: ProgressMeter) throws {
        let ladder = try RenditionLadder(
            recipe, outputs: outputs, bumpers: nil, plan: ProcessorPlan(processors: 1), content: .bumper,
            limits: limits, interruption: interruption)
        do {
            _ = try assets.bumper(kind).forEachFrame { frame, count in
                try ladder.encode(frame, count: count)
                meter.encoded(count)
            }
            _ = try ladder.finish()
        } catch {
            ladder.abandon()
            throw error
        }
    }
}
