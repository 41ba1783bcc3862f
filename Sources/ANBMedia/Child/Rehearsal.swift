import ANBCore
import CSandbox
import Foundation
import Glibc

/// A probe of a clip of our own, before the first fork: what a process does once for all (libav's tables, the loader's late
/// bindings, what Swift looks up about types) is then done in every child.
enum Rehearsal {
    /// - Returns: What the probe found. What goes wrong here goes wrong in the children, where somebody hears of it.
    @discardableResult static func run() -> MediaInfo? {
        let file = OpenFile(descriptor: anb_memory_file())
        guard let clip = Data(base64Encoded: clip, options: .ignoreUnknownCharacters),
            clip.withUnsafeBytes({ write(file.descriptor, $0.baseAddress, $0.count) }) == clip.count
        else { return nil }
        var limits = MediaLimits()
        limits.sourceSecondsMin = 0
        let job = MediaJob.probe(source: file.descriptor, limits: limits)
        let request = ChildRequest(parent: getppid(), job: job)
        _ = try? JSONDecoder().decode(ChildRequest.self, from: JSONEncoder().encode(request))
        let interruption = Interruption(secondsMax: limits.probeSecondsMax)
        guard case .probed(let info)? = try? job.run(interruption, progress: { _ in }) else { return nil }
        _ = try? ReplyFraming.encode(.done(.probed(info), peakResidentBytes: PeakMemory().bytes))
        return info
    }

    /// One picture of 32 × 32 in H.264, in an MP4 of 1,185 bytes.
    private static let clip = """
        AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAALFbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAACgAAQAAAQAAAAAAAAAAAAAAAAEA
        AAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAAAhR0cmFrAAAAXHRraGQAAAADAAAAAAAA
        AAAAAAABAAAAAAAAACgAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAACAAAAAgAAAAAAGwbWRpYQAAACBt
        ZGhkAAAAAAAAAAAAAAAAAAAyAAAAAgBVxAAAAAAALWhkbHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABW21pbmYAAAAUdm1o
        ZAAAAAEAAAAAAAAAAAAAACRkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAARtzdGJsAAAAt3N0c2QAAAAAAAAAAQAAAKdhdmMxAAAAAAAA
        AAEAAAAAAAAAAAAAAAAAAAAAACAAIABIAAAASAAAAAAAAAABDExhdmMgbGlieDI2NAAAAAAAAAAAAAAAAAAAAAAAAAAAGP//AAAALWF2Y0MBTUAK/+EA
        FWdNQArclsBEAAADAAQAAAMAyDxIngEABWjuDyyAAAAAEHBhc3AAAAABAAAAAQAAABRidHJ0AAAAAAABTmAAAU5gAAAAGHN0dHMAAAAAAAAAAQAAAAEA
        AAIAAAAAHHN0c2MAAAAAAAAAAQAAAAEAAAABAAAAAQAAABRzdHN6AAAAAAAAAawAAAABAAAAFHN0Y28AAAAAAAAAAQAAAvUAAAA9dWR0YQAAADVtZXRh
        AAAAAAAAACFoZGxyAAAAAAAAAABtZGlyYXBwbAAAAAAAAAAAAAAAAAhpbHN0AAAACGZyZWUAAAG0bWRhdAAAAahliIQ3nXvphO8vc1EYpKomB0ANoEhU
        7y4OxgWRucI2PsEZ6jzeokwtLK3juxm20IMFOQcOc+KpK4Kfsbp/LSKXaw+9AAgQWdRiOoyB/UKFx6e1skgoBHWoG+tfOKWhZjM++ISYL6OhYGNEVyUk
        0Pu0JBQnq+JDpZVamprem8G7UkWsal0gZENiKaZshmdDdyCr3jS0Jryu0VLDDYbr/m6phDxZAOrNWfc9lXpZ2S/hI+KRAdhp6qLSlcG6BYC0BR197+aw
        4HAB1yaNOIZIjywuZcAuAAX2bAFe42B3HAMcBEoSa6iu9IzE4vqizY/YLjP1z5Jh7I3ekXF3i80wDugdiRR7O47sAJNUhToSVWBkHN5Y7uFsrmhVhs8R
        RO6DE7p05Hyq1pnR0V+orgvDBQLwwOsFIch+TuYA8uHfrzobxe4fUPiuptwvT85BK2bwIcyEYt7yZ2IbF4kSpCRxIg09uC6OQj/zGzH2b2PAccY77aw8
        xl7/sJdrz71css2ddCzRyQ1lwrWUr1mnhAQuA0sVnK98YI8A4ukbjlzUQNNrXvrUIQ+t2pyd
        """
}
