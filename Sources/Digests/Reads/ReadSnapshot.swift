package import Engine
internal import Events
internal import Folding

/// The reads of one snapshot, in the live generation.
package struct ReadSnapshot {
  package let tables: any EngineSnapshot
  package let generation: Generation

  package init(_ tables: any EngineSnapshot, in generation: Generation) {
    self.tables = tables
    self.generation = generation
  }

  /// Reads in the generation that is live in the snapshot.
  package init(_ tables: any EngineSnapshot) throws {
    self.init(tables, in: try tables.liveGeneration())
  }

  /// The digest of a run.
  package func key(of run: RunReference) -> DigestKey { DigestKey(run.row, generation) }

  /// The digest of a run of a name.
  ///
  /// - Throws: ``StoreError`` `notFound` for a name that no run has.
  package func key(named run: String) throws -> DigestKey { key(of: try tables.require(run)) }

  /// The digest of a run beside the head of its log: one row by key; `nil` if there is none yet.
  package func insight(_ run: RunReference) throws -> Insight? {
    try tables.withDigest(of: key(of: run)) { row in
      let stored = try StoredDigest(body: row.body)
      guard stored.counters[.eventCount] == stored.facts.watermark else {
        throw Self.inconsistent(run, stored)
      }
      return Insight(
        run: run.name,
        head: row.head,
        stored: stored,
        familySum: try row.family.map { try Totals(body: $0) }
      )
    }
  }

  private static func inconsistent(_ run: RunReference, _ stored: StoredDigest) -> StoreError {
    StoreError(
      .corrupt,
      "the digest of run \(run.name) counts \(stored.counters[.eventCount]) events at watermark "
        + "\(stored.facts.watermark); run digest-ctl rebuild --run \(run.name)"
    )
  }

  /// The seq up to which a run is folded.
  package func watermark(of run: RunReference) throws -> Int64 {
    try tables.revision(of: key(of: run))?.watermark ?? 0
  }

  /// The sum over the events of a session; `nil` if there is none of that name.
  package func session(named name: String) throws -> SessionSum? {
    guard let row = try tables.session(named: name, in: generation) else { return nil }
    return SessionSum(
      session: name,
      head: row.head,
      runIDs: row.runs.map(\.name),
      firstTs: row.runs.compactMap(\.run.firstTs).min().map(Timestamp.init(microseconds:)),
      lastTs: row.runs.compactMap(\.run.lastTs).max().map(Timestamp.init(microseconds:)),
      totals: row.totals ?? Totals()
    )
  }
}
