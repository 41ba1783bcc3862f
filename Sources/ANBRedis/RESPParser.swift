package import NIOCore

/// Turns the bytes of a connection into replies, however they are cut: a state machine that keeps its place.
///
/// Whatever a server sends, memory and nesting stay within ``Limits``. After an error the stream has no meaning any
/// more; the parser throws the same way for ever and the connection must be closed.
package struct RESPParser {
    package struct Limits: Sendable {
        /// Arrays within arrays.
        package var depthMax = 16
        /// Bytes of a line: a number, a simple string, an error.
        package var lineBytesMax = 64 << 10
        /// Bytes of one string.
        package var bulkBytesMax = 16 << 20
        /// Elements of one reply, those of inner arrays included.
        package var elementsMax = 1 << 20
        /// Bytes of one reply.
        package var replyBytesMax = 64 << 20

        package init() {}
    }

    /// Why the bytes are no replies.
    package enum Failure: Error, Hashable {
        case unknownType(UInt8)
        case badNumber(String)
        case unterminatedLine
        case unterminatedString
        case tooDeep
        case lineTooLong
        case tooManyElements
        case tooManyBytes
    }

    private enum Kind { case array, push, attribute }
    private enum Text { case string, error, verbatim }

    private struct Frame {
        let kind: Kind
        var missing: Int
        var items: [RESPValue] = []
    }

    private enum Token {
        case value(RESPValue)
        case open(Kind, count: Int)
    }

    private let limits: Limits
    private var bytes = ByteBuffer()
    private var frames: [Frame] = []
    /// A string whose header was read and whose bytes are still coming.
    private var awaited: (text: Text, byteCount: Int)?
    /// Bytes already searched for the end of a line.
    private var searched = 0
    private var replyElements = 0
    private var replyBytes = 0
    private var failure: Failure?

    package init(limits: Limits = Limits()) { self.limits = limits }

    package mutating func append(_ more: ByteBuffer) {
        guard bytes.readableBytes > 0 else {
            bytes = more
            return
        }
        // What was read is dropped before the buffer would grow for it.
        bytes.discardReadBytes()
        bytes.writeImmutableBuffer(more)
    }

    /// The next whole reply; `nil` when more bytes are needed.
    package mutating func next() throws(Failure) -> RESPValue? {
        if let failure { throw failure }
        do {
            while let token = try nextToken() {
                if let reply = try place(token) { return reply }
            }
            return nil
        } catch {
            failure = error
            throw error
        }
    }
}

// MARK: - Nesting

extension RESPParser {
    private mutating func place(_ token: Token) throws(Failure) -> RESPValue? {
        switch token {
        case .value(let value): return close(with: value)
        case .open(let kind, let count):
            guard frames.count < limits.depthMax else { throw .tooDeep }
            replyElements += count
            guard replyElements <= limits.elementsMax else { throw .tooManyElements }
            if count == 0 { return kind == .attribute ? nil : close(with: Self.value(kind, [])) }
            frames.append(Frame(kind: kind, missing: count))
            return nil
        }
    }

    /// Puts a value where it belongs, and ends every array that is full with it.
    private mutating func close(with value: RESPValue) -> RESPValue? {
        var value = value
        while let top = frames.indices.last {
            frames[top].items.append(value)
            frames[top].missing -= 1
            if frames[top].missing > 0 { return nil }
            let full = frames.removeLast()
            // An attribute only says something about the value that follows it.
            if full.kind == .attribute { return nil }
            value = Self.value(full.kind, full.items)
        }
        (replyElements, replyBytes) = (0, 0)
        return value
    }

    private static func value(_ kind: Kind, _ items: [RESPValue]) -> RESPValue {
        kind == .push ? .push(items) : .array(items)
    }
}

// MARK: - Tokens

extension RESPParser {
    private mutating func nextToken() throws(Failure) -> Token? {
        if let awaited { return try readString(awaited.text, awaited.byteCount).map(Token.value) }
        guard let line = try readLine(), let type = line.first else { return nil }
        let rest = String(decoding: line.dropFirst(), as: UTF8.self)
        switch type {
        case UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "("): return .value(.simple(rest))
        case UInt8(ascii: "-"): return .value(.error(RedisServerError(rest)))
        case UInt8(ascii: ":"): return .value(.integer(try Self.number(rest)))
        case UInt8(ascii: "#"): return .value(.integer(try Self.boolean(rest)))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "$"): return try openString(.string, rest)
        case UInt8(ascii: "="): return try openString(.verbatim, rest)
        case UInt8(ascii: "!"): return try openString(.error, rest)
        case UInt8(ascii: "*"), UInt8(ascii: "~"): return try openArray(.array, rest, pairs: false)
        case UInt8(ascii: "%"): return try openArray(.array, rest, pairs: true)
        case UInt8(ascii: "|"): return try openArray(.attribute, rest, pairs: true)
        case UInt8(ascii: ">"): return try openArray(.push, rest, pairs: false)
        default: throw .unknownType(type)
        }
    }

    /// A line without its end; empty lines do not occur in the protocol.
    private mutating func readLine() throws(Failure) -> [UInt8]? {
        let view = bytes.readableBytesView
        let start = view.index(view.startIndex, offsetBy: searched)
        guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            guard searched <= limits.lineBytesMax else { throw .lineTooLong }
            return nil
        }
        let length = view.distance(from: view.startIndex, to: end)
        guard length <= limits.lineBytesMax else { throw .lineTooLong }
        guard length >= 2, view[view.index(before: end)] == UInt8(ascii: "\r") else { throw .unterminatedLine }
        searched = 0
        try count(length + 1)
        let line = bytes.readBytes(length: length - 1)
        bytes.moveReaderIndex(forwardBy: 2)
        return line
    }

    private mutating func openString(_ text: Text, _ rest: String) throws(Failure) -> Token? {
        let length = try Self.number(rest)
        if length == -1, text == .string { return .value(.null) }
        guard length >= 0 else { throw .badNumber(rest) }
        guard length <= limits.bulkBytesMax else { throw .tooManyBytes }
        try count(Int(length) + 2)
        return try readString(text, Int(length)).map(Token.value)
    }

    private mutating func readString(_ text: Text, _ byteCount: Int) throws(Failure) -> RESPValue? {
        guard bytes.readableBytes >= byteCount + 2, var string = bytes.readSlice(length: byteCount) else {
            awaited = (text, byteCount)
            return nil
        }
        awaited = nil
        guard bytes.readInteger(as: UInt16.self) == 0x0D0A else { throw .unterminatedString }
        switch text {
        case .string: return .bulk(string)
        case .error: return .error(RedisServerError(String(buffer: string)))
        case .verbatim:
            // Three letters of format and a colon come first.
            guard string.readSlice(length: 4) != nil else { throw .badNumber("verbatim string of \(byteCount) bytes") }
            return .bulk(string)
        }
    }

    private func openArray(_ kind: Kind, _ rest: String, pairs: Bool) throws(Failure) -> Token {
        let count = try Self.number(rest)
        if count == -1, kind == .array, !pairs { return .value(.null) }
        guard count >= 0 else { throw .badNumber(rest) }
        guard count <= limits.elementsMax else { throw .tooManyElements }
        return .open(kind, count: pairs ? Int(count) * 2 : Int(count))
    }

    private mutating func count(_ more: Int) throws(Failure) {
        replyBytes += more
        guard replyBytes <= limits.replyBytesMax else { throw .tooManyBytes }
    }

    private static func number(_ text: String) throws(Failure) -> Int64 {
        guard let value = Int64(text) else { throw .badNumber(String(text.prefix(40))) }
        return value
    }

    private static func boolean(_ text: String) throws(Failure) -> Int64 {
        switch text {
        case "t": return 1
        case "f": return 0
        default: throw .badNumber(String(text.prefix(40)))
        }
    }
}
