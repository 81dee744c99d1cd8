// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target, so that no room of the house is laxer than another.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "RunDigest",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "RunDigest", targets: ["RunDigest"]),
    .library(name: "RunDigestService", targets: ["RunDigestService"]),
    .executable(name: "digest-ctl", targets: ["digest-ctl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CSQLite",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
    ),
    .target(
      name: "Migrations",
      path: "Migrations",
      resources: [.embedInCode("0010_schema.sql")],
      swiftSettings: strict
    ),
    .target(name: "Support", swiftSettings: strict),
    .target(name: "Events", swiftSettings: strict),
    .target(name: "Folding", dependencies: ["Events"], swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: ["Support", "CSQLite", "Migrations"],
      swiftSettings: strict
    ),
    .target(
      name: "Telemetry",
      dependencies: [
        "Support", "Events",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Engine",
      dependencies: [
        "Support", "Events", "Folding", "Telemetry",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "SQLiteEngine",
      dependencies: ["Support", "Events", "Folding", "Telemetry", "Storage", "Engine"],
      swiftSettings: strict
    ),
    .target(
      name: "EventLog",
      dependencies: ["Support", "Events", "Telemetry", "Engine"],
      swiftSettings: strict
    ),
    .target(
      name: "Digests",
      dependencies: [
        "Support", "Events", "Folding", "Telemetry", "Engine", "EventLog",
      ],
      swiftSettings: strict
    ),
    .target(
      name: "RunDigest",
      dependencies: [
        "Support", "Events", "Folding", "Storage", "Telemetry", "Engine", "SQLiteEngine",
        "EventLog", "Digests",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "RunDigestService",
      dependencies: [
        "RunDigest",
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Pricing",
      dependencies: ["Events", "Folding"],
      resources: [.embedInCode("prices.json")],
      swiftSettings: strict
    ),
    .target(
      name: "LogFormats",
      dependencies: ["Support", "Events", "Pricing", "RunDigest"],
      swiftSettings: strict
    ),
    .target(
      name: "Bench",
      dependencies: [
        "CSQLite", "Support", "Events", "Engine", "Storage", "SQLiteEngine", "Digests", "RunDigest",
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "StoreBenchmark",
      dependencies: ["Bench", "Events"],
      path: "Tests/Benchmarks/StoreBenchmark",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "digest-ctl",
      dependencies: [
        "Bench",
        "RunDigest", "LogFormats", "Pricing", "Support", "Telemetry", "Events", "Folding",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TestSupport",
      dependencies: ["Support", "Storage"],
      path: "Tests/TestSupport",
      swiftSettings: strict
    ),
    .testTarget(
      name: "RepositoryTests",
      dependencies: ["digest-ctl", "Events", "TestSupport"],
      exclude: ["unlabelled_parameters.py"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "EventsTests",
      dependencies: ["Events", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "StorageTests",
      dependencies: ["Support", "Storage", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "SQLiteEngineTests",
      dependencies: ["SQLiteEngine", "Support", "Storage", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "FoldingTests",
      dependencies: ["Folding", "Events", "TestSupport"],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "CrashChild",
      dependencies: ["RunDigest", "Engine", "Digests", "Events", "Folding"],
      path: "Tests/CrashChild",
      swiftSettings: strict
    ),
    .target(
      name: "WALShim",
      dependencies: ["CSQLite"],
      path: "Tests/WALReset",
      linkerSettings: [.linkedLibrary("sqlite3")]
    ),
    .testTarget(
      name: "RunDigestTests",
      dependencies: [
        "RunDigest", "Support", "Telemetry", "Engine", "SQLiteEngine", "EventLog", "Digests",
        "Events", "Folding",
        "Storage", "TestSupport", "CrashChild", "WALShim",
        "digest-ctl", "Pricing",
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "Examples",
      dependencies: [
        "RunDigest", "RunDigestService", "Telemetry", "Events", "Folding", "TestSupport",
        "CrashChild",
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "PricingTests",
      dependencies: ["Pricing", "Events", "Folding", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "LogFormatsTests",
      dependencies: ["LogFormats", "Pricing", "RunDigest", "Support", "Events", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DigestCtlTests",
      dependencies: [
        "digest-ctl", "RunDigest", "LogFormats", "Storage", "Support", "Events", "TestSupport",
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
