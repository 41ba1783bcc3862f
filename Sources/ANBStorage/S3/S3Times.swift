import ANBAWS
import ANBCore
import Foundation

/// When an object was written, as S3 tells it. Whole seconds, because one of its two forms has no more.
enum S3Times {
    /// `Sun, 30 Aug 2015 12:36:00 GMT`
    static func header(_ text: String) -> Timestamp? { Timestamp(httpDate: text) }

    /// `2015-08-30T12:36:00.000Z`
    static func listing(_ text: String) -> Timestamp? {
        let whole = text.split(separator: ".", maxSplits: 1)[0]
        let date = try? Date(whole.hasSuffix("Z") ? String(whole) : "\(whole)Z", strategy: .iso8601)
        return date.map { Timestamp($0) }
    }
}
