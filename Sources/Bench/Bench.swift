internal import RunDigest

/// Measures the store on this machine, beside plain SQLite doing the same rows in the same run.
package struct Bench: Sendable {
  /// How much is done: 1 takes about two minutes.
  package var scale: Double
  /// The folder that its stores are made in and removed from.
  package var folder: String
  /// Receives each figure as it is measured.
  package var report: @Sendable (Measurement) -> Void

  /// Which parts to run; empty means all.
  package var parts: Set<String> = []

  /// How many seconds the part `hub` takes.
  package var hubSeconds = Self.hubSeconds

  /// The parts that run if none is named; `curves`, which takes minutes, runs only if it is named.
  package static let parts = ["append", "fold", "live", "stats", "agents", "hub"]
  /// How many seconds the part `hub` takes unless a caller says otherwise.
  package static let hubSeconds = 20

  package init(
    scale: Double,
    folder: String,
    report: @escaping @Sendable (Measurement) -> Void
  ) {
    self.scale = scale
    self.folder = folder
    self.report = report
  }

  /// Runs all measurements.
  package func run() async throws {
    if runs("append") { try await AppendBench(bench: self).run() }
    if runs("fold") { try await FoldBench(bench: self).run() }
    if runs("live") { try await LiveBench(bench: self).run() }
    if runs("stats") { try await StatsBench(bench: self).run() }
    // Only when named: it takes minutes.
    if parts.contains("curves") { try await CurvesBench(bench: self).run() }
    if runs("agents") { try await AgentsBench(bench: self).run() }
    if runs("hub") { try await HubBench(bench: self).run() }
  }

  private func runs(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

  func count(_ count: Int) -> Int { max(1, Int(Double(count) * scale)) }

  /// Lends a path for a store, and removes it afterwards.
  func withStorePath<R>(_ name: String, _ body: (String) async throws -> R) async throws -> R {
    let path = folder + "/" + name + ".sqlite"
    Self.remove(path)
    defer { Self.remove(path) }
    return try await body(path)
  }

  private static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm", ".gate"] { BenchFile.remove(path + suffix) }
  }
}
