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
      resources: [
        .embedInCode("0001_log_and_digests.sql"), .embedInCode("0002_digest_changes.sql"),
        .embedInCode("0003_postings.sql"), .embedInCode("0004_import_facts.sql"),
        .embedInCode("0005_turn_time_and_sessions.sql"),
      ],
      swiftSettings: strict
    ),
    .target(name: "Storage", dependencies: ["CSQLite", "Migrations"], swiftSettings: strict),
    .target(name: "Events", swiftSettings: strict),
    .target(name: "Folding", dependencies: ["Events"], swiftSettings: strict),
    .target(
      name: "RunDigest",
      dependencies: [
        "Events", "Folding", "Storage",
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
      dependencies: ["Events", "Pricing", "RunDigest"],
      swiftSettings: strict
    ),
    .target(
      name: "Bench",
      dependencies: ["CSQLite", "Storage", "RunDigest", "Events"],
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
        "RunDigest", "LogFormats", "Pricing", "Events", "Folding",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "TestSupport",
      dependencies: ["Storage"],
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
      dependencies: ["Storage", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "FoldingTests",
      dependencies: ["Folding", "Events", "TestSupport"],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "CrashChild",
      dependencies: ["RunDigest", "Events", "Folding"],
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
        "RunDigest", "Events", "Folding", "Storage", "TestSupport", "CrashChild", "WALShim",
        "digest-ctl", "Pricing",
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "Examples",
      dependencies: [
        "RunDigest", "RunDigestService", "Events", "Folding", "TestSupport", "CrashChild",
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "PricingTests",
      dependencies: ["Pricing", "Events"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "LogFormatsTests",
      dependencies: ["LogFormats", "Pricing", "RunDigest", "Events", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DigestCtlTests",
      dependencies: ["digest-ctl", "RunDigest", "LogFormats", "Events", "TestSupport"],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
