import ANBCore
import CFFmpeg

/// One picture; frees itself.
struct Frame: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFrame>

    init() throws {
        pointer = try LibAV.allocated(av_frame_alloc(), "a frame")
    }

    /// A picture with memory of its own, not yet painted.
    init(width: Int, height: Int, format: AVPixelFormat) throws {
        let fresh = try LibAV.allocated(av_frame_alloc(), "a frame")
        fresh.pointee.width = Int32(width)
        fresh.pointee.height = Int32(height)
        fresh.pointee.format = format.rawValue
        pointer = try Self.keep(fresh, unless: av_frame_get_buffer(fresh, 0))
    }

    /// The same picture as another frame, not a copy.
    init(sharing other: borrowing Frame) throws {
        let fresh = try LibAV.allocated(av_frame_alloc(), "a frame")
        pointer = try Self.keep(fresh, unless: av_frame_ref(fresh, other.pointer))
    }

    /// A picture of its own that starts as a copy of another.
    init(copying other: borrowing Frame) throws {
        let fresh = try LibAV.allocated(av_frame_alloc(), "a frame")
        let shared = av_frame_ref(fresh, other.pointer)
        pointer = try Self.keep(fresh, unless: shared < 0 ? shared : av_frame_make_writable(fresh))
    }

    private static func keep(
        _ frame: UnsafeMutablePointer<AVFrame>, unless code: Int32
    ) throws -> UnsafeMutablePointer<AVFrame> {
        guard code < 0 else { return frame }
        var doomed: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&doomed)
        throw ANBError.engine("frame memory: \(LibAV.describe(code))")
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&doomed)
    }

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(pointer.pointee.format) }
    var isEmpty: Bool { pointer.pointee.buf.0 == nil }

    func clear() { av_frame_unref(pointer) }

    /// Leaves nothing but the picture.
    func removeSideData() {
        while pointer.pointee.nb_side_data > 0, let first = pointer.pointee.side_data?[0] {
            av_frame_remove_side_data(pointer, first.pointee.type)
        }
    }

    /// Takes the picture out of `other`, which is empty afterwards.
    func take(from other: borrowing Frame) {
        clear()
        av_frame_move_ref(pointer, other.pointer)
    }

    /// Shows the same picture as `other` without copying it.
    func share(_ other: borrowing Frame) throws {
        clear()
        try LibAV.check(av_frame_ref(pointer, other.pointer), "frame reference")
    }
}
