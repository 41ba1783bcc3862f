import ANBCore
import CFFmpeg
import Glibc

/// A file descriptor as libav's only way to write, with a cap on the bytes.
final class OutputSink {
    private static let bufferBytes = 64 << 10

    private let descriptor: Int32
    private let bytesMax: Int64
    private let interruption: Interruption
    private var position: Int64 = 0
    private(set) var byteCount: Int64 = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// - Parameter descriptor: An empty regular file open for writing; stays the caller's.
    init(descriptor: Int32, bytesMax: UInt64, interruption: Interruption) throws {
        self.descriptor = descriptor
        self.bytesMax = Int64(clamping: bytesMax)
        self.interruption = interruption
        let buffer = try LibAV.allocated(av_malloc(Self.bufferBytes), "a write buffer")
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferBytes), 1,
            Unmanaged.passUnretained(self).toOpaque(), nil, writeToSink, seekInSink)
        guard context != nil else {
            av_free(buffer)
            throw ANBError.engine("no memory for the writer")
        }
    }

    deinit {
        if let context { av_free(context.pointee.buffer) }
        avio_context_free(&context)
    }

    fileprivate func write(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int32 {
        if interruption.isRaised { return anb_error_exit }
        guard position &+ Int64(count) <= bytesMax else { return -EFBIG }
        var done = 0
        while done < count {
            let wrote = pwrite(descriptor, bytes + done, count - done, off_t(position))
            if wrote < 0, errno == EINTR { continue }
            if wrote <= 0 { return -(wrote < 0 ? errno : EIO) }
            done += wrote
            position &+= Int64(wrote)
        }
        byteCount = max(byteCount, position)
        return Int32(truncatingIfNeeded: count)
    }

    fileprivate func seek(to offset: Int64, whence: Int32) -> Int64 {
        switch whence & ~Int32(AVSEEK_FORCE) {
        case Int32(AVSEEK_SIZE): return byteCount
        case SEEK_SET where offset >= 0: position = offset
        case SEEK_CUR where position &+ offset >= 0: position &+= offset
        case SEEK_END where byteCount &+ offset >= 0: position = byteCount &+ offset
        default: return Int64(-EINVAL)
        }
        return position
    }
}

private func writeToSink(_ opaque: UnsafeMutableRawPointer?, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
    guard let opaque, let bytes, count > 0 else { return -EINVAL }
    return Unmanaged<OutputSink>.fromOpaque(opaque).takeUnretainedValue().write(bytes, count: Int(count))
}

private func seekInSink(_ opaque: UnsafeMutableRawPointer?, _ offset: Int64, _ whence: Int32) -> Int64 {
    guard let opaque else { return Int64(-EINVAL) }
    return Unmanaged<OutputSink>.fromOpaque(opaque).takeUnretainedValue().seek(to: offset, whence: whence)
}
