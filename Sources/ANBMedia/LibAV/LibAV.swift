import ANBCore
import CFFmpeg

/// What all uses of libav share: one-time set-up and error codes.
enum LibAV {
    /// No single buffer of libav may be larger: a 8192 × 4320 frame of 16 bit 4:4:4 fits, one plane of 16384² pixels does not. The
    /// analysis of a broadcast decodes pictures before their size can be judged.
    private static let allocationBytesMax = 240 << 20

    /// Silences libav (its text is the file's, not ours) and caps its allocations.
    static let prepare: Void = {
        av_log_set_level(AV_LOG_QUIET)
        av_max_alloc(allocationBytesMax)
    }()

    static func describe(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            buffer[0] = 0
            av_strerror(code, buffer.baseAddress, buffer.count)
            return buffer.baseAddress.map { String(cString: $0) } ?? "\(code)"
        }
    }

    /// - Throws: `mediaFailed` when the code is negative.
    @discardableResult
    static func check(_ code: Int32, _ action: String) throws -> Int32 {
        guard code >= 0 else { throw ANBError.engine("\(action): \(describe(code))") }
        return code
    }

    /// - Throws: `mediaFailed` when libav had no memory for it.
    static func allocated<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw ANBError.engine("no memory for \(what)") }
        return value
    }
}

/// An option dictionary of libav that frees itself.
struct Options: ~Copyable {
    var pointer: OpaquePointer?

    init(_ pairs: KeyValuePairs<String, String> = [:]) {
        for (key, value) in pairs { av_dict_set(&pointer, key, value, 0) }
    }

    deinit {
        var doomed = pointer
        av_dict_free(&doomed)
    }
}

extension LibAV {
    /// A filter that must answer each picture with one did not.
    static func missingOutput(_ name: String) -> ANBError { .engine("the \(name) filter gave no picture") }
}
