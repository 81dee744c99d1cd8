internal import Digests
internal import Engine
internal import EventLog
internal import Events
internal import Folding

extension RunStore {
  /// Stores a batch of events and how far their source was read, in one transaction.
  ///
  /// - Throws: ``ImportConflict`` when another import was faster.
  package func storeImported(
    _ entries: [ImportEntry],
    facts: [ImportFact] = [],
    unread: UnreadLines? = nil,
    step: ImportStep?,
    rules: ImportRules,
    durability: Durability = .committed
  ) async throws -> [ImportOutcome] {
    let batch = ImportBatch(
      entries: entries,
      facts: facts,
      unread: unread,
      step: step,
      rules: rules
    )
    do {
      return try await write(batch, isCareful: false, durability)
    } catch let error as StoreError
      where error.code == .conflict || error.code == .invalidArgument
    {
      return try await write(batch, isCareful: true, durability)
    }
  }

  private func write(
    _ batch: ImportBatch,
    isCareful: Bool,
    _ durability: Durability
  ) async throws -> [ImportOutcome] {
    let options = options
    return try await queue.write(priority: .maintenance, durability: durability) { tables in
      var writer = ImportWriter(tables, options, batch.rules, isCareful: isCareful)
      return try writer.write(batch)
    }
  }

  /// How far a source was read; `nil` if it never was.
  package func importCursor(of path: String) throws -> ImportCursor? {
    try reader.read { try $0.tables.importCursor(of: path) }
  }

  /// The sources that were read, and which files they were.
  package func importedSources() throws -> [ImportedSource] {
    try reader.read { try $0.tables.importedSources() }
  }

  /// Gives the cursors of renamed sources their new names, all at once: a log that is rotated
  /// takes the name of the one before.
  ///
  /// A cursor that has changed since it was read stays where it is.
  package func moveImportCursors(_ moves: [ImportMove]) async throws {
    guard !moves.isEmpty else { return }
    try await queue.write(priority: .maintenance, durability: .committed) { tables in
      let current = try moves.filter {
        try tables.importCursor(of: $0.cursor.path) == $0.cursor
      }
      for move in current { try tables.removeImportCursor(of: move.cursor.path) }
      for move in current {
        var cursor = move.cursor
        cursor.path = move.to
        try tables.save(cursor)
      }
    }
  }

  /// What the sources of earlier imports have left under a key; `nil` for nothing.
  package func importFact(_ key: String) throws -> String? {
    try reader.read { try $0.tables.importFact(key) }
  }

  /// Whether a run has an event of a line: one whose id is the line's, or begins with it and a slash.
  package func importHasLine(_ line: String, of run: RunID) throws -> Bool {
    try reader.read { reads in
      guard let run = try reads.tables.run(named: run.rawValue) else { return false }
      return try reads.tables.hasEvent(ofLine: line, of: run.row)
    }
  }

  /// The time of the last event of a run that has not ended, all of its log considered; `nil` for
  /// a run that has ended, or has no event.
  package func importRest(_ run: RunID) async throws -> Timestamp? {
    do {
      let insight = try await freshInsight(run)
      return insight.isSealed ? nil : insight.lastTs
    } catch let error as StoreError where error.code == .notFound {
      return nil
    }
  }

  /// Ends a run that was imported, at the time of its last event.
  package func endImport(_ run: RunID, reason: String) async throws {
    let last = try await freshInsight(run).lastTs
    let end = RunEnd(
      .terminate,
      by: ImportRules.name,
      reason: reason,
      ts: last
    )
    try await self.end(run, end)
  }
}
