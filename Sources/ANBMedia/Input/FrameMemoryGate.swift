import ANBCore
import CFFmpeg
import Glibc
import Synchronization

/// Judges a picture's size before the decoder gets memory for it; a stream may change its size at any time.
final class FrameMemoryGate: Sendable {
    private let policy: FrameSizePolicy
    private let refusal = Mutex<ANBError?>(nil)

    init(_ limits: MediaLimits) { policy = FrameSizePolicy(limits) }

    /// Makes a decoder ask. It must be freed before this.
    func guardMemory(of decoder: UnsafeMutablePointer<AVCodecContext>) {
        decoder.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        decoder.pointee.get_buffer2 = allocateIfAllowed
        // Asked on the decoder's own threads; else each would wait for ours.
        anb_ask_on_own_threads(decoder)
    }

    /// - Throws: `mediaRejected` when a picture was refused its memory.
    func check() throws {
        if let error = refusal.withLock({ $0 }) { throw error }
    }

    fileprivate func allows(width: Int32, height: Int32) -> Bool {
        do {
            try policy.check(width: Int(width), height: Int(height))
            return true
        } catch {
            refusal.withLock { $0 = error as? ANBError }
            return false
        }
    }
}

private func allocateIfAllowed(
    _ decoder: UnsafeMutablePointer<AVCodecContext>?, _ frame: UnsafeMutablePointer<AVFrame>?, _ flags: Int32
) -> Int32 {
    guard let decoder, let frame, let opaque = decoder.pointee.opaque else { return -EINVAL }
    let gate = Unmanaged<FrameMemoryGate>.fromOpaque(opaque).takeUnretainedValue()
    guard gate.allows(width: decoder.pointee.width, height: decoder.pointee.height) else { return -EINVAL }
    return avcodec_default_get_buffer2(decoder, frame, flags)
}
