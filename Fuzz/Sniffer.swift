/// libFuzzer's entry: the first bytes of a file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = Container(sniffing: Array(bytes.prefix(Container.sniffedBytes)))
    // Whatever follows the sniffed head changes nothing.
    let longer = Array((bytes + [0]).prefix(Container.sniffedBytes))
    if count >= Container.sniffedBytes { precondition(whole == Container(sniffing: longer)) }
    if whole?.isMov == true { precondition(count >= 8) }
    if whole == .matroska { precondition(bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3])) }
    return 0
}
