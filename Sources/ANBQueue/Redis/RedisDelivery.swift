import ANBCore
import ANBRedis

/// One entry as the server handed it out.
struct RedisDelivery {
    let receipt: RedisReceipt
    let body: String

    init?(_ values: ArraySlice<RESPValue>) {
        let values = Array(values)
        guard values.count == 3, let entry = values[0].text, let count = values[1].integer, let body = values[2].text else {
            return nil
        }
        receipt = RedisReceipt(entry: entry, receiveCount: Int(count))
        self.body = body
    }
}

/// Names one delivery: the entry in the stream and how often it had been delivered, so that a late word about an
/// earlier delivery does not touch a later one.
struct RedisReceipt {
    let entry: String
    let receiveCount: Int

    init(entry: String, receiveCount: Int) {
        self.entry = entry
        self.receiveCount = receiveCount
    }

    /// - Throws: ``ANBError/Code/invalidRequest`` when the text is no receipt of this queue.
    init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, RedisEntryID.isValid(parts[0]), let count = Int(parts[1]) else {
            throw ANBError(.invalidRequest, "This is not a receipt of the queue.", operatorMessage: "receipt \(text.prefix(100))")
        }
        self.init(entry: String(parts[0]), receiveCount: count)
    }

    var text: String { "\(entry)/\(receiveCount)" }
    var arguments: [String] { [entry, String(receiveCount)] }
}

/// The name of an entry of a stream: two numbers with a hyphen.
enum RedisEntryID {
    static func isValid(_ text: some StringProtocol) -> Bool {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { UInt64($0) != nil && $0.first != "+" }
    }
}
