import ANBCore
import NIOCore

/// libFuzzer's entry: a form's body. The first bytes say in which pieces it arrives.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard count > 1 else { return 0 }
    let body = Array(bytes.dropFirst())
    let whole = Reading(body, pieceBytes: body.count)
    let pieces = Reading(body, pieceBytes: Int(bytes[0]) % 17 + 1)
    precondition(whole == pieces, "the pieces a body arrives in must not matter")
    _ = HeaderValue(String(decoding: body, as: UTF8.self))
    return 0
}

/// What a form's body was read as.
private struct Reading: Equatable {
    var parts: [MultipartPartHeader] = []
    var contents: [[UInt8]] = []
    var isEnded = false
    var failed = false

    init(_ body: [UInt8], pieceBytes: Int) {
        guard var parser = try? MultipartParser(boundary: "B") else { preconditionFailure("the boundary is fine") }
        do {
            for start in stride(from: 0, to: body.count, by: pieceBytes) {
                parser.feed(ByteBuffer(bytes: body[start..<min(start + pieceBytes, body.count)]))
                while let event = try parser.next() { take(event) }
            }
        } catch {
            failed = true
            // How much of the last content was seen before the fault depends on the pieces.
            (parts, contents) = ([], [])
        }
        isEnded = parser.isEnded
        if !isEnded { contents = contents.dropLast() }
    }

    private mutating func take(_ event: MultipartParser.Event) {
        switch event {
        case .part(let header):
            parts.append(header)
            contents.append([])
        case .bytes(let bytes): contents[contents.count - 1] += Array(bytes.readableBytesView)
        case .partEnd, .end: break
        }
    }
}
