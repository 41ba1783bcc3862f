import ANBCore
import NIOCore

/// Takes a `multipart/form-data` body (RFC 7578) apart, whatever the sizes of the pieces it comes in. Pure: bytes in,
/// events out. It never holds more than one piece, a delimiter and one part's header.
struct MultipartParser: Sendable {
    enum Event: Hashable, Sendable {
        case part(MultipartPartHeader)
        case bytes(ByteBuffer)
        case partEnd
        /// The closing delimiter; whatever follows is no part of the form.
        case end
    }

    /// Bytes of one part's header.
    static let headerBytesMax = 8 << 10
    /// Bytes of white space after a delimiter.
    static let paddingBytesMax = 256

    private enum State: Hashable, Sendable { case preamble, delimiter, header, content, ended }

    private var state = State.preamble
    private var buffer: ByteBuffer
    private let delimiter: ByteSearch

    /// - Parameter boundary: As in the content type, 1…70 characters.
    /// - Throws: ``ANBError/Code/invalidRequest`` when it cannot be a boundary.
    init(boundary: String) throws {
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Self.malformed("its boundary is not valid")
        }
        delimiter = ByteSearch(for: "\r\n--\(boundary)")
        // A delimiter starts with a line end; the first one may stand at the very start.
        buffer = ByteBuffer(string: "\r\n")
    }

    /// Whether the closing delimiter was seen.
    var isEnded: Bool { state == .ended }

    /// Adds bytes; ask ``next()`` for events until it answers `nil`.
    mutating func feed(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next event; `nil` when more bytes are needed, or after the end.
    /// - Throws: ``ANBError/Code/invalidRequest`` when the bytes are no form.
    mutating func next() throws -> Event? {
        switch state {
        case .preamble: try skipPreamble()
        case .delimiter: try readDelimiterEnd()
        case .header: try readHeader()
        case .content: readContent()
        case .ended: skipEpilogue()
        }
    }

    // MARK: - States

    private mutating func skipPreamble() throws -> Event? {
        guard cutToDelimiter().found else { return nil }
        state = .delimiter
        return try next()
    }

    /// After a delimiter: `--` ends the form, a line end starts a part.
    private mutating func readDelimiterEnd() throws -> Event? {
        let bytes = buffer.readableBytesView
        guard bytes.count >= 2 else { return nil }
        if bytes.starts(with: "--".utf8) {
            state = .ended
            return .end
        }
        let padding = bytes.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        guard padding <= Self.paddingBytesMax else { throw Self.malformed("there is too much space after a delimiter") }
        guard bytes.count >= padding + 2 else { return nil }
        guard bytes.dropFirst(padding).starts(with: "\r\n".utf8) else {
            throw Self.malformed("a delimiter does not end with its line")
        }
        // The line end stays: it is the first half of the empty line of a part without header fields.
        buffer.moveReaderIndex(forwardBy: padding)
        state = .header
        return try next()
    }

    private mutating func readHeader() throws -> Event? {
        guard let end = Self.headerEnd.firstOffset(in: buffer.readableBytesView) else {
            guard buffer.readableBytes <= Self.headerBytesMax else { throw Self.malformed("the header of a part is too long") }
            return nil
        }
        guard end <= Self.headerBytesMax, let text = buffer.readString(length: end) else {
            throw Self.malformed("the header of a part is too long")
        }
        buffer.moveReaderIndex(forwardBy: Self.headerEnd.count)
        state = .content
        return .part(try MultipartPartHeader(text))
    }

    private mutating func readContent() -> Event? {
        if pendingEnd {
            pendingEnd = false
            state = .delimiter
            return .partEnd
        }
        let cut = cutToDelimiter()
        pendingEnd = cut.found
        if cut.bytes.readableBytes > 0 { return .bytes(cut.bytes) }
        return cut.found ? readContent() : nil
    }

    private mutating func skipEpilogue() -> Event? {
        buffer.clear()
        return nil
    }

    /// The content was handed out up to its delimiter, which is consumed.
    private var pendingEnd = false

    /// Takes what certainly lies before the next delimiter, and the delimiter itself when it is there.
    private mutating func cutToDelimiter() -> (bytes: ByteBuffer, found: Bool) {
        if let offset = delimiter.firstOffset(in: buffer.readableBytesView) {
            let bytes = buffer.readSlice(length: offset) ?? ByteBuffer()
            buffer.moveReaderIndex(forwardBy: delimiter.count)
            return (bytes, true)
        }
        let certain = max(0, buffer.readableBytes - (delimiter.count - 1))
        return (buffer.readSlice(length: certain) ?? ByteBuffer(), false)
    }

    private static let headerEnd = ByteSearch(for: "\r\n\r\n")

    static func malformed(_ reason: String) -> ANBError {
        ANBError(.invalidRequest, "The form is not valid multipart/form-data: \(reason).")
    }
}
