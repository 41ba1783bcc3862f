import CFFmpeg
import Foundation

/// The processors this process may use: those it is bound to, or fewer where a control group grants less time.
enum ProcessorCount {
    static let available: Int = {
        let bound = max(1, Int(av_cpu_count()))
        guard let granted = granted(read: { try? String(contentsOfFile: $0, encoding: .utf8) }) else { return bound }
        return max(1, min(bound, Int(granted.rounded(.up))))
    }()

    /// - Parameter read: A file's text by path.
    /// - Returns: Processors' worth of time in each period; nil without a limit.
    static func granted(read: (String) -> String?) -> Double? {
        if let text = read("/sys/fs/cgroup/cpu.max") {
            let words = text.split(whereSeparator: \.isWhitespace)
            return words.count == 2 ? share(String(words[0]), String(words[1])) : nil
        }
        let folder = "/sys/fs/cgroup/cpu"
        guard let quota = read("\(folder)/cpu.cfs_quota_us"), let period = read("\(folder)/cpu.cfs_period_us") else { return nil }
        return share(quota, period)
    }

    /// `max` and negative quotas are no limit.
    private static func share(_ quota: String, _ period: String) -> Double? {
        let numbers = [quota, period].compactMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        return numbers[0] / numbers[1]
    }
}
