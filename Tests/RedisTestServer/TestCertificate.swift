package import Foundation

/// A self-signed certificate, made by openssl.
package struct TestCertificate {
    package let certificatePath: String
    package let keyPath: String

    /// - Parameter names: Whom it is for, in the words of openssl.
    package init(in folder: URL, names: String = "IP:127.0.0.1,DNS:localhost") async throws {
        certificatePath = folder.appendingPathComponent("certificate.pem").path
        keyPath = folder.appendingPathComponent("key.pem").path
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=\(names)",
            "-keyout", keyPath, "-out", certificatePath,
        ]
        openssl.standardError = FileHandle.nullDevice
        let (ended, ending) = AsyncStream.makeStream(of: Void.self)
        openssl.terminationHandler = { _ in ending.finish() }
        try openssl.run()
        // Waiting by a run loop would hold a thread that the other tests need.
        for await _ in ended {}
        guard openssl.terminationStatus == 0 else {
            throw RedisTestServer.Failure(description: "openssl ended with \(openssl.terminationStatus)")
        }
    }

    /// What makes a server speak TLS only.
    package var serverOptions: [String] {
        [
            "--port", "0", "--tls-port", "{port}", "--tls-cert-file", certificatePath, "--tls-key-file", keyPath,
            "--tls-auth-clients", "no",
        ]
    }
}
