package import ANBCore
import Foundation

extension Timestamp {
    /// - Parameter httpDate: For example `Sun, 30 Aug 2015 12:36:00 GMT`.
    package init?(httpDate: String) {
        let months: [Substring] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = httpDate.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        guard let date = try? Date("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z", strategy: .iso8601) else { return nil }
        self.init(date)
    }
}
