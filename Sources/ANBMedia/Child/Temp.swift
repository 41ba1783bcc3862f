public typealias ChildProcessMediaEngine = InProcessMediaEngine
public enum MediaChild { public static func runIfRequested() {} }
