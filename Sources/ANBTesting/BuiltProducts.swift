import Foundation

/// The executables that the package manager built beside the running tests.
package enum BuiltProducts {
    /// The path of an executable product.
    /// - Throws: ``ConformanceFailure`` when it was not built.
    package static func path(of product: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(product).path
        try expect(FileManager.default.isExecutableFile(atPath: path), "\(path) is not built")
        return path
    }
}
