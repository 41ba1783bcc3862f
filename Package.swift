// swift-tools-version:6.2
import PackageDescription

/// Every target speaks Swift 6 with the upcoming features that keep imports and existentials honest.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let asyncHTTP = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "anb",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "ANBCore", targets: ["ANBCore"]),
        .library(name: "ANBStorage", targets: ["ANBStorage"]),
        .library(name: "ANBQueue", targets: ["ANBQueue"]),
        .library(name: "ANBMemoryDatabase", targets: ["ANBMemoryDatabase"]),
        .library(name: "ANBPersistence", targets: ["ANBPersistence"]),
        .library(name: "ANBMedia", targets: ["ANBMedia"]),
        .library(name: "ANBHTTP", targets: ["ANBHTTP"]),
        .library(name: "ANBTesting", targets: ["ANBTesting"]),
        .executable(name: "anb-api", targets: ["anb-api"]),
        .executable(name: "anb-worker", targets: ["anb-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CFFmpeg", pkgConfig: "libavfilter", providers: [.apt(["libavfilter-dev", "libavformat-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),

        // System calls that Swift does not import
        .target(name: "CSandbox"),

        // Libraries; arrows point towards ANBCore only
        .target(
            name: "ANBCore", dependencies: [crypto, logging, metrics, nioCore, tracing], resources: [.embedInCode("Words")],
            swiftSettings: strict),
        .target(
            name: "ANBAWS", dependencies: ["ANBCore", asyncHTTP, crypto, logging, nioCore, nioHTTP1, nioPosix],
            swiftSettings: strict),
        .target(name: "ANBRedis", dependencies: ["ANBCore", crypto, nioCore, nioPosix, nioSSL], swiftSettings: strict),
        .target(
            name: "ANBStorage", dependencies: ["ANBCore", "ANBAWS", crypto, logging, nioCore, nioHTTP1, nioPosix],
            swiftSettings: strict),
        .target(
            name: "ANBQueue",
            dependencies: ["ANBCore", "ANBAWS", "ANBRedis", lifecycle, logging, metrics, nioCore, nioHTTP1, tracing],
            swiftSettings: strict),
        .target(name: "ANBMemoryDatabase", dependencies: ["ANBCore"], swiftSettings: strict),
        .target(
            name: "ANBPersistence",
            dependencies: [
                "ANBCore", "ANBMemoryDatabase", "ANBRedis", "CPostgres", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(name: "ANBMedia", dependencies: ["ANBCore", "CFFmpeg", "CSandbox"], swiftSettings: strict),
        .target(
            name: "ANBHTTP",
            dependencies: [
                "ANBCore", "ANBPage", "CArgon2", crypto, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging,
                metrics, nioCore, nioFoundation, nioHTTP1, nioHTTPTypes, nioPosix, tracing,
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: strict),
        .target(
            name: "ANBTelemetry",
            dependencies: ["ANBCore", asyncHTTP, crypto, logging, metrics, nioCore, nioFoundation, nioHTTP1, tracing],
            swiftSettings: strict),
        .target(name: "ANBPage", resources: [.embedInCode("Assets")], swiftSettings: strict),
        .target(name: "ANBTesting", dependencies: ["ANBCore", "CSandbox", nioCore], swiftSettings: strict),

        // Executables and what the two share
        .target(
            name: "ANBComposition",
            dependencies: [
                "ANBCore", "ANBStorage", "ANBQueue", "ANBPersistence", "ANBMedia", "ANBHTTP", "ANBTelemetry", "ANBTesting",
                "ANBAWS", arguments, asyncHTTP, crypto, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, metrics,
                nioCore, nioHTTP1, nioPosix, tracing,
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "anb-api", dependencies: ["ANBComposition", "ANBHTTP", "ANBMedia", arguments], swiftSettings: strict),
        .executableTarget(
            name: "anb-worker", dependencies: ["ANBComposition", "ANBCore", "ANBMedia", arguments], swiftSettings: strict),

        // Examples see what everybody sees: no `package` symbols
        .executableTarget(
            name: "EmbeddedContest",
            dependencies: [
                "ANBCore", "ANBHTTP", "ANBMedia", "ANBMemoryDatabase", "ANBQueue", "ANBStorage", crypto, hummingbird, logging,
            ],
            path: "Examples/EmbeddedContest", packageAccess: false, swiftSettings: strict),
        .executableTarget(
            name: "OtherWork", dependencies: ["ANBCore", "ANBMemoryDatabase", "ANBQueue", logging], path: "Examples/OtherWork",
            packageAccess: false, swiftSettings: strict),
        .executableTarget(
            name: "MediaOnly", dependencies: ["ANBCore", "ANBMedia"], path: "Examples/MediaOnly", packageAccess: false,
            swiftSettings: strict),
        .testTarget(
            name: "ContestInATest",
            dependencies: ["ANBCore", "ANBMemoryDatabase", "ANBQueue", "ANBStorage", "ANBTesting", crypto, logging, nioCore],
            path: "Examples/ContestInATest", packageAccess: false, swiftSettings: strict),
        .testTarget(
            name: "ExistingApp",
            dependencies: [
                "ANBCore", "ANBHTTP", "ANBMemoryDatabase", "ANBStorage", "ANBTesting", crypto, httpTypes, hummingbird,
                hummingbirdTesting, logging, nioCore,
            ],
            path: "Examples/ExistingApp", packageAccess: false, swiftSettings: strict),
        .testTarget(
            name: "OwnObjectStore", dependencies: ["ANBCore", "ANBTesting", nioCore], path: "Examples/OwnObjectStore",
            packageAccess: false, swiftSettings: strict),

        .executableTarget(
            name: "s3-bench", dependencies: ["ANBAWS", "ANBCore", "ANBStorage", "ANBTesting", logging, nioCore],
            path: "Benchmarks/s3", swiftSettings: strict),

        // Figures
        .executableTarget(
            name: "anb-bench-database", dependencies: ["ANBCore", "ANBPersistence", "ANBTesting", logging],
            path: "Benchmarks/persistence",
            exclude: ["run.sh", "isolation.sh"], swiftSettings: strict),
        .executableTarget(
            name: "anb-bench-media", dependencies: ["ANBCore", "ANBMedia", arguments], path: "Benchmarks/media-soak",
            swiftSettings: strict),
        .executableTarget(
            name: "anb-bench-queue", dependencies: ["ANBAWS", "ANBCore", "ANBPersistence", "ANBQueue", arguments, logging],
            path: "Benchmarks/queue", swiftSettings: strict),

        // The whole platform in memory, decided by a seed
        .target(name: "CTaskHook", path: "Tests/CTaskHook"),
        .target(
            name: "Simulation",
            dependencies: ["ANBCore", "ANBPersistence", "ANBQueue", "CTaskHook", crypto, logging, nioCore],
            path: "Tests/Simulation", swiftSettings: strict),
        .executableTarget(
            name: "anb-simulation", dependencies: ["Simulation", arguments], path: "Tests/SimulationProgram",
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["ANBTesting", "Simulation", "anb-simulation"], swiftSettings: strict),

        // Tests mirror Sources
        .target(
            name: "AWSTestServer",
            dependencies: [
                "ANBAWS", "ANBCore", "ANBQueue", "ANBStorage", httpTypes, hummingbird, hummingbirdTesting, logging, nioCore,
                nioPosix,
            ],
            path: "Tests/AWSTestServer", swiftSettings: strict),
        .testTarget(
            name: "ANBAWSTests", dependencies: ["ANBAWS", "ANBTesting", "AWSTestServer", logging, nioCore], exclude: ["Vectors"],
            swiftSettings: strict),
        .testTarget(
            name: "ANBCompositionTests",
            dependencies: [
                "ANBComposition", "ANBAWS", "ANBCore", "ANBQueue", "ANBStorage", "ANBTesting", "AWSTestServer", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ANBCoreTests",
            dependencies: [
                "ANBCore", "ANBTesting", "ANBPersistence", "ANBStorage", "ANBQueue", "PostgresTestServer", crypto, logging,
                nioCore,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ANBStorageTests",
            dependencies: [
                "ANBStorage", "ANBTesting", "ANBAWS", "AWSTestServer", asyncHTTP, crypto, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: strict),
        .target(name: "RedisTestServer", path: "Tests/RedisTestServer", swiftSettings: strict),
        .testTarget(
            name: "ANBRedisTests", dependencies: ["ANBRedis", "ANBTesting", "RedisTestServer", nioCore, nioPosix],
            swiftSettings: strict),
        .testTarget(
            name: "ANBQueueTests",
            dependencies: [
                "ANBQueue", "ANBPersistence", "ANBAWS", "ANBRedis", "ANBTesting", "AWSTestServer", "RedisTestServer", lifecycle,
                logging,
            ],
            swiftSettings: strict),
        .target(
            name: "PostgresTestServer", dependencies: ["ANBTesting"], path: "Tests/PostgresTestServer", swiftSettings: strict),
        .testTarget(
            name: "ANBPersistenceTests",
            dependencies: ["ANBPersistence", "ANBRedis", "ANBTesting", "PostgresTestServer", "RedisTestServer", logging],
            swiftSettings: strict),
        .testTarget(
            name: "ANBMediaTests", dependencies: ["ANBMedia", "ANBTesting", "CFFmpeg", "CSandbox", "anb-worker"],
            swiftSettings: strict),
        .testTarget(
            name: "ANBHTTPTests",
            dependencies: [
                "ANBHTTP", "ANBPage", "ANBPersistence", "ANBStorage", "ANBTelemetry", "ANBTesting", crypto, httpTypes,
                hummingbird, hummingbirdCore, hummingbirdTesting, logging, metrics, nioCore, nioHTTP1, nioHTTPTypes, nioPosix,
                .product(name: "JWTKit", package: "jwt-kit"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ANBTelemetryTests",
            dependencies: [
                "ANBTelemetry", "ANBCore", "ANBPersistence", "ANBQueue", "ANBTesting", "AWSTestServer", logging, metrics, nioCore,
                nioPosix, tracing,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "anb-chaos-worker", dependencies: ["ANBComposition", "ANBCore", "ANBMedia", "ANBTesting", arguments],
            path: "Tests/ChaosWorker", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ANBAWS", "ANBCore", "ANBQueue", "ANBStorage", "ANBTesting", "AWSTestServer", "PostgresTestServer",
                "RedisTestServer", "anb-api", "anb-chaos-worker", "anb-worker", crypto, logging, nioCore,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
