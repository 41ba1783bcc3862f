import ANBRedis
import NIOCore
import Testing

extension RESPValue {
    static func bulk(_ text: String) -> RESPValue { .bulk(ByteBuffer(string: text)) }
}

@Suite struct RESPParserTests {
    struct Sample: Sendable, CustomStringConvertible {
        let wire: String
        let value: RESPValue
        var description: String { wire.debugDescription }
    }

    static let samples: [Sample] = [
        Sample(wire: "+OK\r\n", value: .simple("OK")),
        Sample(wire: "+\r\n", value: .simple("")),
        Sample(wire: "-ERR no such thing\r\n", value: .error(RedisServerError("ERR no such thing"))),
        Sample(wire: ":0\r\n", value: .integer(0)),
        Sample(wire: ":-9223372036854775808\r\n", value: .integer(.min)),
        Sample(wire: "$5\r\nhello\r\n", value: .bulk("hello")),
        Sample(wire: "$0\r\n\r\n", value: .bulk("")),
        Sample(wire: "$4\r\n\r\n\r\n\r\n", value: .bulk("\r\n\r\n")),
        Sample(wire: "$-1\r\n", value: .null),
        Sample(wire: "*-1\r\n", value: .null),
        Sample(wire: "_\r\n", value: .null),
        Sample(wire: "*0\r\n", value: .array([])),
        Sample(wire: "*2\r\n:1\r\n$1\r\na\r\n", value: .array([.integer(1), .bulk("a")])),
        Sample(
            wire: "*3\r\n*0\r\n*1\r\n*1\r\n+x\r\n$-1\r\n",
            value: .array([.array([]), .array([.array([.simple("x")])]), .null])),
        Sample(wire: "#t\r\n", value: .integer(1)),
        Sample(wire: "#f\r\n", value: .integer(0)),
        Sample(wire: ",3.25\r\n", value: .simple("3.25")),
        Sample(wire: "(349288740932847\r\n", value: .simple("349288740932847")),
        Sample(wire: "!8\r\nERR a\r\nb\r\n", value: .error(RedisServerError("ERR a\r\nb"))),
        Sample(wire: "=8\r\ntxt:some\r\n", value: .bulk("some")),
        Sample(wire: "%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n", value: .array([.simple("a"), .integer(1), .simple("b"), .array([])])),
        Sample(wire: "~2\r\n:1\r\n:2\r\n", value: .array([.integer(1), .integer(2)])),
        Sample(wire: ">2\r\n+message\r\n+x\r\n", value: .push([.simple("message"), .simple("x")])),
        Sample(wire: "|1\r\n+ttl\r\n:3600\r\n:7\r\n", value: .integer(7)),
        Sample(wire: "*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n:1\r\n|0\r\n:2\r\n", value: .array([.integer(1), .integer(2)])),
    ]

    @Test(arguments: samples)
    func everySplitGivesTheSameReply(_ sample: Sample) throws {
        let bytes = Array(sample.wire.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var parser = RESPParser()
                var replies: [RESPValue] = []
                for piece in [bytes[..<first], bytes[first..<second], bytes[second...]] {
                    parser.append(ByteBuffer(bytes: piece))
                    while let reply = try parser.next() { replies.append(reply) }
                }
                #expect(replies == [sample.value], "cut at \(first) and \(second)")
            }
        }
    }

    @Test func repliesInARowComeInOrderWhateverTheSizeOfThePieces() throws {
        let bytes = Array(Self.samples.map(\.wire).joined().utf8)
        for size in 1...40 {
            var parser = RESPParser()
            var replies: [RESPValue] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                parser.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                while let reply = try parser.next() { replies.append(reply) }
            }
            #expect(replies == Self.samples.map(\.value), "pieces of \(size)")
        }
    }

    @Test(arguments: [
        ("hello\r\n", RESPParser.Failure.unknownType(UInt8(ascii: "h"))),
        ("HTTP/1.1 400 Bad Request\r\n", .unknownType(UInt8(ascii: "H"))),
        ("\r\n", .unterminatedLine),
        ("\n", .unterminatedLine),
        ("+a\n", .unterminatedLine),
        (":\r\n", .badNumber("")),
        (":1x\r\n", .badNumber("1x")),
        (":9223372036854775808\r\n", .badNumber("9223372036854775808")),
        ("$-2\r\n", .badNumber("-2")),
        ("=2\r\nab\r\n", .badNumber("verbatim string of 2 bytes")),
        ("=-1\r\n", .badNumber("-1")),
        ("%-1\r\n", .badNumber("-1")),
        ("*-2\r\n", .badNumber("-2")),
        ("#x\r\n", .badNumber("x")),
        ("$2\r\nabc\r\n", .unterminatedString),
        ("$99999999999\r\n", .tooManyBytes),
        ("*99999999999\r\n", .tooManyElements),
        ("%9223372036854775807\r\n", .tooManyElements),
    ])
    func refuses(_ wire: String, _ failure: RESPParser.Failure) {
        var parser = RESPParser()
        parser.append(ByteBuffer(string: wire))
        #expect(throws: failure) { try parser.next() }
        // And stays broken: what follows has no meaning.
        parser.append(ByteBuffer(string: "+OK\r\n"))
        #expect(throws: failure) { try parser.next() }
    }
}

@Suite struct RESPParserLimitTests {
    @Test func nestingIsBounded() throws {
        var limits = RESPParser.Limits()
        limits.depthMax = 4
        var parser = RESPParser(limits: limits)
        parser.append(ByteBuffer(string: String(repeating: "*1\r\n", count: 4) + ":1\r\n"))
        #expect(try parser.next() == .array([.array([.array([.array([.integer(1)])])])]))
        parser.append(ByteBuffer(string: String(repeating: "*1\r\n", count: 5)))
        #expect(throws: RESPParser.Failure.tooDeep) { try parser.next() }
    }

    @Test func linesAreBoundedAlsoWithoutAnEnd() throws {
        var limits = RESPParser.Limits()
        limits.lineBytesMax = 10
        var parser = RESPParser(limits: limits)
        parser.append(ByteBuffer(string: "+12345678\r\n"))
        #expect(try parser.next() == .simple("12345678"))
        for wire in ["+123456789\r\n", "+1234567890"] {
            var parser = RESPParser(limits: limits)
            parser.append(ByteBuffer(string: wire))
            #expect(throws: RESPParser.Failure.lineTooLong) { try parser.next() }
        }
    }

    @Test func stringsAndRepliesAreBoundedBeforeTheirBytesCome() throws {
        var limits = RESPParser.Limits()
        limits.bulkBytesMax = 100
        limits.replyBytesMax = 150
        var parser = RESPParser(limits: limits)
        parser.append(ByteBuffer(string: "$100\r\n" + String(repeating: "a", count: 100) + "\r\n"))
        #expect(try parser.next()?.text?.count == 100)
        parser.append(ByteBuffer(string: "$101\r\n"))
        #expect(throws: RESPParser.Failure.tooManyBytes) { try parser.next() }

        var second = RESPParser(limits: limits)
        second.append(ByteBuffer(string: "*2\r\n$80\r\n" + String(repeating: "a", count: 80) + "\r\n$80\r\n"))
        #expect(throws: RESPParser.Failure.tooManyBytes) { try second.next() }
    }

    @Test func elementsOfAllArraysTogetherAreBounded() throws {
        var limits = RESPParser.Limits()
        limits.elementsMax = 5
        var parser = RESPParser(limits: limits)
        parser.append(ByteBuffer(string: "*2\r\n*3\r\n:1\r\n:2\r\n:3\r\n:4\r\n"))
        #expect(try parser.next() != nil)
        parser.append(ByteBuffer(string: "*3\r\n*3\r\n"))
        #expect(throws: RESPParser.Failure.tooManyElements) { try parser.next() }
    }

    /// Any bytes at all end in replies, in the wish for more, or in an error.
    @Test func mutatedRepliesNeverCrash() {
        var random = SeededGenerator(state: 42)
        let wires = RESPParserTests.samples.map { Array($0.wire.utf8) }
        var failures = 0
        for _ in 0..<20_000 {
            var bytes = (0..<3).flatMap { _ in wires.randomElement(using: &random) ?? [] }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.insert(Array("0123456789*$%-\r\n".utf8).randomElement(using: &random) ?? 0, at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            var parser = RESPParser()
            let cut = Int.random(in: 0...bytes.count, using: &random)
            do {
                for piece in [bytes[..<cut], bytes[cut...]] {
                    parser.append(ByteBuffer(bytes: piece))
                    while try parser.next() != nil {}
                }
            } catch {
                failures += 1
            }
        }
        #expect(failures > 1000, "the mutations hardly broke anything")
    }
}

/// The same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
