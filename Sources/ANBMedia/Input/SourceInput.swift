import ANBCore
import CFFmpeg
import Glibc

/// A file descriptor as libav's only way to read: no path and no URL is ever opened.
final class SourceInput {
    /// Bytes of one read from the file.
    private static let bufferBytes = 64 << 10
    /// A demuxer that rereads the file again and again is stopped after this many times its size…
    private static let rereadsMax: Int64 = 4
    /// …plus this, so that small files may be searched freely.
    private static let rereadBytesFree: Int64 = 64 << 20

    let byteCount: Int64
    let container: Container
    let interruption: Interruption
    private let descriptor: Int32
    private var position: Int64 = 0
    private var readableBytes: Int64
    /// nil but while a header is read whose claims nobody looked at.
    private var headerBytesLeft: Int64?
    private var isHeaderTooLarge = false
    /// What the disk answered when it gave no bytes, 0 as long as it did.
    private var readError: Int32 = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// - Parameter descriptor: An open regular file; stays the caller's. Its own offset is neither used nor moved.
    /// - Throws: `mediaRejected` when the content is none of the accepted containers, or its header claims too much.
    init(descriptor: Int32, interruption: Interruption) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ANBError.engine("fstat of the source: errno \(errno)") }
        self.descriptor = descriptor
        self.interruption = interruption
        byteCount = Int64(status.st_size)
        readableBytes = byteCount &* Self.rereadsMax &+ Self.rereadBytesFree
        container = try Self.sniff(descriptor, byteCount: byteCount)
        if container.isMov, let fault = HeaderClaims(descriptor: descriptor, byteCount: byteCount).fault { throw fault }
        let buffer = try LibAV.allocated(av_malloc(Self.bufferBytes), "a read buffer")
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferBytes), 0,
            Unmanaged.passUnretained(self).toOpaque(), readFromSource, nil, seekInSource)
        guard context != nil else {
            av_free(buffer)
            throw ANBError.engine("no memory for the reader")
        }
    }

    deinit {
        // The buffer may have been exchanged by libav: free the one it holds now.
        if let context { av_free(context.pointee.buffer) }
        avio_context_free(&context)
    }

    /// - Throws: `mediaFailed` when the disk failed, so that the file is not blamed; else as ``Interruption/check()`` does.
    func check() throws {
        try interruption.check()
        guard readError == 0 else { throw ANBError.engine("read of the source: errno \(readError)") }
    }

    /// - Parameter body: Opens the file; may see its end too early.
    /// - Throws: `mediaRejected` when the header holds more than a video needs.
    func whileReadingHeader<Value>(_ body: () -> Value) throws -> Value {
        // An MP4 of many fragments is read from end to end.
        if !container.isMov { headerBytesLeft = HeaderClaims.sideBytesMax }
        defer { headerBytesLeft = nil }
        let value = body()
        guard !isHeaderTooLarge else { throw HeaderClaims.tooMuchBesideTheVideo }
        return value
    }

    private static func sniff(_ descriptor: Int32, byteCount: Int64) throws -> Container {
        guard byteCount > 0 else { throw ANBError.rejected(.fileEmpty, "The file is empty.") }
        var head = [UInt8](repeating: 0, count: Container.sniffedBytes)
        let count = pread(descriptor, &head, head.count, 0)
        guard count >= 0 else { throw ANBError.engine("read of the source: errno \(errno)") }
        guard let container = Container(sniffing: Array(head.prefix(count))) else {
            throw ANBError.rejected(
                .notAVideo, "This is not a video we can read. Please send an MP4, MOV, WebM, MKV or AVI file.")
        }
        return container
    }

    fileprivate func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int32) -> Int32 {
        if interruption.isRaised { return anb_error_exit }
        guard readableBytes > 0 else { return -EIO }
        if let left = headerBytesLeft, left <= 0 {
            isHeaderTooLarge = true
            return -EIO
        }
        var got = 0
        repeat { got = pread(descriptor, buffer, Int(count), off_t(position)) } while got < 0 && errno == EINTR
        if got < 0 {
            readError = errno
            return -readError
        }
        if got == 0 { return anb_error_end }
        position &+= Int64(got)
        readableBytes &-= Int64(got)
        headerBytesLeft? -= Int64(got)
        return Int32(truncatingIfNeeded: got)
    }

    fileprivate func seek(to offset: Int64, whence: Int32) -> Int64 {
        let base: Int64
        switch whence & ~Int32(AVSEEK_FORCE) {
        case Int32(AVSEEK_SIZE): return byteCount
        case SEEK_SET: base = 0
        case SEEK_CUR: base = position
        case SEEK_END: base = byteCount
        default: return Int64(-EINVAL)
        }
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return Int64(-EINVAL) }
        position = target
        return target
    }
}

/// The callbacks are global functions: a closure made in an isolated context would trap on libav's threads.
private func readFromSource(_ opaque: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
    guard let opaque, let buffer, count > 0 else { return -EINVAL }
    return Unmanaged<SourceInput>.fromOpaque(opaque).takeUnretainedValue().read(into: buffer, count: count)
}

private func seekInSource(_ opaque: UnsafeMutableRawPointer?, _ offset: Int64, _ whence: Int32) -> Int64 {
    guard let opaque else { return Int64(-EINVAL) }
    return Unmanaged<SourceInput>.fromOpaque(opaque).takeUnretainedValue().seek(to: offset, whence: whence)
}
