import ANBCore
import Foundation

/// Replies on the pipe: four bytes of length, highest first, then JSON.
enum ReplyFraming {
    static let headerBytes = 4
    /// The longest reply, a report, has well under 4 KiB.
    static let payloadBytesMax = 32 << 10
    /// An honest child reports five times a second for as long as a transcode may last.
    static let repliesMax = 10_000

    static func encode(_ reply: ChildReply) throws -> [UInt8] {
        let payload = try JSONEncoder().encode(reply)
        let length = UInt32(payload.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + payload
    }
}

/// Takes apart what a child wrote; trusts none of it.
struct ReplyParser {
    private var buffer: [UInt8] = []
    private var replies = 0

    /// - Returns: The replies that are complete now.
    /// - Throws: `mediaFailed` at the first byte that does not belong.
    mutating func append(_ bytes: some Sequence<UInt8>) throws -> [ChildReply] {
        buffer.append(contentsOf: bytes)
        var replies: [ChildReply] = []
        while let reply = try next() { replies.append(reply) }
        return replies
    }

    private mutating func next() throws -> ChildReply? {
        guard buffer.count >= ReplyFraming.headerBytes else { return nil }
        let length = buffer[0..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= ReplyFraming.payloadBytesMax else { throw ANBError.engine("the media child sent \(length) bytes") }
        guard buffer.count >= ReplyFraming.headerBytes + length else { return nil }
        let payload = Data(buffer[ReplyFraming.headerBytes..<ReplyFraming.headerBytes + length])
        buffer.removeFirst(ReplyFraming.headerBytes + length)
        replies += 1
        guard replies <= ReplyFraming.repliesMax else { throw ANBError.engine("the media child floods its parent with replies") }
        do {
            return try JSONDecoder().decode(ChildReply.self, from: payload).checked()
        } catch {
            throw ANBError.engine("the media child's reply makes no sense", cause: error)
        }
    }
}

extension ChildReply {
    /// - Throws: `mediaFailed` when a value is beyond what an honest child can say.
    fileprivate func checked() throws -> ChildReply {
        let isSane =
            switch self {
            case .progress(let fraction): (0...1).contains(fraction)
            case .done(.probed(let info), let peak): info.isSane && peak >= 0
            case .done(.transcoded(let outcome), let peak):
                outcome.input.isSane && peak >= 0 && outcome.renditions.allSatisfy { $0.frames > 0 && $0.durationSeconds > 0 }
            case .done(.validated, _), .done(.tried, _), .failed: true
            }
        guard isSane else { throw ANBError.engine("the media child's reply is out of range") }
        return self
    }
}

extension MediaInfo {
    /// Only short plain words and numbers of a sane size.
    fileprivate var isSane: Bool {
        let isPlain = [videoCodec, pixelFormat].allSatisfy { word in
            (1...32).contains(word.utf8.count) && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
        return isPlain && Container(rawValue: container) != nil && [0, 90, 180, 270].contains(rotationDegrees)
            && (1...1_000_000).contains(width) && (1...1_000_000).contains(height)
            && (0...1_000_000).contains(frameRate) && (0...1e9).contains(durationSeconds) && byteCount >= 0
    }
}
