import ANBCore
import ANBTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct MultipartParserTests {
    /// One part as a reader of the events puts it together.
    struct Part: Hashable {
        var name: String
        var filename: String?
        var content: String
    }

    /// Content that almost is a delimiter, at both ends and in the middle.
    static let sample = [
        "preamble\r\n--XX", "\r\n--XXX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nGol \r\n--XX\r\n",
        "\r\n--XXX  \t\r\nContent-Type: video/mp4\r\ncontent-disposition:form-data;name=\"video_file\"; filename=\"a.mp4\"\r\n",
        "\r\n\r\n--XX\r\n-\r\n--XXX\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--XXX--\r\nepilogue --XXX",
    ].joined()
    static let expected = [
        Part(name: "title", filename: nil, content: "Gol \r\n--XX\r\n"),
        Part(name: "video_file", filename: "a.mp4", content: "\r\n--XX\r\n-"),
        Part(name: "empty", filename: nil, content: ""),
    ]

    @Test func aWholeBodyIsTakenApart() throws {
        #expect(try parse([Self.sample]) == Self.expected)
    }

    @Test func everySplitInTwoGivesTheSame() throws {
        let bytes = Array(Self.sample.utf8)
        for position in 0...bytes.count {
            let parts = try parse([Array(bytes[..<position]), Array(bytes[position...])])
            #expect(parts == Self.expected, "split at \(position)")
        }
    }

    @Test func byteByByteGivesTheSame() throws {
        #expect(try parse(Self.sample.utf8.map { [$0] }) == Self.expected)
    }

    @Test(arguments: 0..<50) func randomSplitsGiveTheSame(seed: Int) throws {
        let ids = SequentialIDs(seed: UInt64(seed) + 1)
        var rest = Array(Self.sample.utf8)[...]
        var pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let count = min(rest.count, Int(ids.fraction() * 40))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(try parse(pieces) == Self.expected)
    }

    /// Content made of the delimiter's own characters is where a search goes wrong.
    @Test(arguments: 0..<100) func contentThatLooksLikeDelimitersSurvives(seed: Int) throws {
        let ids = SequentialIDs(seed: UInt64(seed) + 1)
        let letters = ["\r", "\n", "-", "X", "\r\n", "--", "\r\n--X"]
        var content = ""
        for _ in 0..<60 { content += letters[Int(ids.fraction() * Double(letters.count))] }
        if content.contains("\r\n--XXX") { return }
        let body = "--XXX\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n\(content)\r\n--XXX--"
        let bytes = Array(body.utf8)
        for size in [1, 2, 3, 7, 1000] {
            let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
            #expect(try parse(pieces) == [Part(name: "f", filename: nil, content: content)])
        }
    }

    @Test func itHoldsNoMoreThanOnePieceAndADelimiter() throws {
        var parser = try MultipartParser(boundary: "XXX")
        parser.feed(ByteBuffer(string: "--XXX\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n"))
        while try parser.next() != nil {}
        for _ in 0..<100 {
            parser.feed(ByteBuffer(repeating: 0x0D, count: 10_000))
            var count = 0
            while let event = try parser.next() {
                if case .bytes(let bytes) = event { count += bytes.readableBytes }
            }
            #expect(count >= 10_000 - 8)
        }
    }

    static let noForms = [
        "--XXX\r\n\r\ncontent\r\n--XXX--", "--XXX\r\nContent-Type: a/b\r\n\r\ncontent\r\n--XXX--",
        "--XXX\r\nContent-Disposition: form-data\r\n\r\nc\r\n--XXX--",
        "--XXX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nc\r\n--XXX--",
        "--XXX\r\nContent-Disposition form-data; name=\"a\"\r\n\r\nc\r\n--XXX--",
        "--XXX\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nc\r\n--XXX--", "--XXX garbage\r\n",
        "--XXX\nContent-Disposition: form-data; name=\"a\"\n\nc\n--XXX--", "--XXX" + String(repeating: " ", count: 300) + "\r\n",
        "--XXX\r\nX: " + String(repeating: "x", count: 9000),
        "--XXX\r\nX: " + String(repeating: "x", count: 9000) + "\r\n\r\n",
    ]

    @Test(arguments: noForms.indices) func whatIsNoFormIsRefused(index: Int) async throws {
        let body = Self.noForms[index]
        try await expectError(.invalidRequest) { try parse([body]) }
        try await expectError(.invalidRequest) { try parse(body.utf8.map { [$0] }) }
    }

    static let truncated = [
        "", "no delimiter at all", "--XXX", "--XXX\r\n", "--XXX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nc",
        "--XXX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nc\r\n--XXX",
        "--XXX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nc\r\n--XXX-",
    ]

    @Test(arguments: truncated.indices) func aTruncatedBodyIsNotEnded(index: Int) throws {
        var parser = try MultipartParser(boundary: "XXX")
        parser.feed(ByteBuffer(string: Self.truncated[index]))
        while try parser.next() != nil {}
        #expect(!parser.isEnded)
    }

    @Test(arguments: ["", String(repeating: "b", count: 71), "a\u{7}b", "bé"])
    func whatCannotBeABoundaryIsRefused(boundary: String) async throws {
        try await expectError(.invalidRequest) { try MultipartParser(boundary: boundary) }
    }

    // MARK: - Reading events

    private func parse(_ pieces: [String]) throws -> [Part] { try parse(pieces.map { Array($0.utf8) }) }

    private func parse(_ pieces: [[UInt8]]) throws -> [Part] {
        var parser = try MultipartParser(boundary: "XXX")
        var (parts, bytes, isOpen) = ([Part](), [UInt8](), false)
        for piece in pieces {
            parser.feed(ByteBuffer(bytes: piece))
            while let event = try parser.next() {
                switch event {
                case .part(let header):
                    try expect(!isOpen, "a part began within a part")
                    parts.append(Part(name: header.name, filename: header.filename, content: ""))
                    (bytes, isOpen) = ([], true)
                case .bytes(let more): bytes += more.readableBytesView
                case .partEnd:
                    try expect(isOpen, "a part ended that had not begun")
                    parts[parts.count - 1].content = String(decoding: bytes, as: UTF8.self)
                    isOpen = false
                case .end: try expect(!isOpen, "the form ended within a part")
                }
            }
        }
        return parts
    }
}
