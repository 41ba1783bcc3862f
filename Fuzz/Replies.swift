import ANBCore

/// libFuzzer's entry: what a child that a file has taken over writes to its parent.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    read(bytes, pieceBytes: max(1, count))
    read(bytes, pieceBytes: 3)
    // The same bytes as one well framed reply, so that the payload is reached.
    let length = UInt32(count)
    read((0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + bytes, pieceBytes: count + 4)
    return 0
}

private func read(_ bytes: [UInt8], pieceBytes: Int) {
    var parser = ReplyParser()
    do {
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            for reply in try parser.append(bytes[start..<min(start + pieceBytes, bytes.count)]) { check(reply) }
        }
    } catch {
        precondition((error as? ANBError)?.code == .mediaFailed, "\(error)")
    }
}

private func check(_ reply: ChildReply) {
    switch reply {
    case .progress(let fraction): precondition((0...1).contains(fraction))
    case .failed(let failure):
        let error = failure.error
        precondition([.mediaRejected, .misconfigured, .mediaFailed].contains(error.code))
        precondition(!error.userMessage.contains { $0.isNewline })
    case .done(.probed(let info), _): precondition(info.width > 0 && info.durationSeconds.isFinite)
    case .done: break
    }
}
