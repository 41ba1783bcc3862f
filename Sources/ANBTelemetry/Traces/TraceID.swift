import Crypto
import ServiceContextModule

/// Which trace a span belongs to, and its name in there, as OpenTelemetry writes them.
struct SpanIdentity: Hashable, Sendable {
    /// 32 characters of lower-case hex.
    var trace: String
    /// 16 characters of lower-case hex.
    var span: String

    enum Key: ServiceContextKey {
        typealias Value = SpanIdentity
        static let nameOverride: String? = "anb-span"
    }

    /// The same text gives the same id, in every process.
    static func trace(of correlationID: String) -> String { hash("trace \(correlationID)", byteCount: 16) }
    static func span(of name: String) -> String { hash("span \(name)", byteCount: 8) }

    static func random() -> String { hex((0..<8).map { _ in UInt8.random(in: 0...255) }) }

    private static func hash(_ text: String, byteCount: Int) -> String {
        hex(SHA256.hash(data: Array(text.utf8)).prefix(byteCount))
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
