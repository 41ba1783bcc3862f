import Foundation

/// The 36-character form of UUIDs. Every row, key and answer has some, and Foundation goes through `printf` and `scanf`.
enum UUIDText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// In lower case.
    static func make(_ uuid: UUID) -> String {
        withUnsafeBytes(of: uuid.uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var place = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = digits[Int(bytes[index] >> 4)]
                    text[place + 1] = digits[Int(bytes[index] & 15)]
                    place += 2
                }
                return place
            }
        }
    }

    /// - Parameter text: Either case; anything but the exact form gives `nil`.
    static func parse(_ text: String) -> UUID? {
        var text = text
        return text.withUTF8 { text in
            guard text.count == 36 else { return nil }
            var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            let isWhole = withUnsafeMutableBytes(of: &uuid) { bytes in
                var place = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        guard text[place] == UInt8(ascii: "-") else { return false }
                        place += 1
                    }
                    guard let high = value(text[place]), let low = value(text[place + 1]) else { return false }
                    bytes[index] = high << 4 | low
                    place += 2
                }
                return true
            }
            return isWhole ? UUID(uuid: uuid) : nil
        }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
