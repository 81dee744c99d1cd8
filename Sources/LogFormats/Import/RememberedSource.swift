internal import Events
internal import RunDigest

/// A source as its cursor remembers it, without its file: it may be gone, or have nothing new.
struct RememberedSource {
  private let before: ImportCursor
  private let checkpoint: ImportCheckpoint
  var importer: any LogImporter

  init?(_ cursor: ImportCursor) {
    guard let checkpoint = ImportCheckpoint(cursor.state),
      // The native format waits for nothing, and records its ends itself.
      checkpoint.format != LogFormat.events.name,
      let format = LogFormat.named(checkpoint.format)
    else { return nil }
    let source = LogSource(path: cursor.path)
    guard let importer = try? format.importer(for: source, decoding: checkpoint.importer) else {
      return nil
    }
    before = cursor
    self.checkpoint = checkpoint
    self.importer = importer
  }

  /// Whether a source waits for what another one will tell.
  static func isUndecided(_ cursor: ImportCursor) -> Bool {
    ImportCheckpoint(cursor.state)?.isUndecided ?? false
  }

  /// Stores what the importer had yet to say, with what it remembers now.
  ///
  /// - Throws: `ImportConflict` when another import was faster.
  func store(
    _ sink: ImportedEvents,
    isSealed: Bool = false,
    in store: RunStore,
    _ report: inout ImportReport
  ) async throws {
    var after = before
    after.state =
      ImportCheckpoint(
        format: checkpoint.format,
        lines: checkpoint.lines,
        importer: importer,
        isSealed: isSealed
      ).bytes
    guard !sink.entries.isEmpty || !sink.facts.all.isEmpty || after != before else { return }
    let outcomes = try await store.storeImported(
      sink.entries.map { ImportEntry($0) },
      facts: sink.facts.all.map(ImportFact.init),
      step: ImportStep(from: before, to: after),
      rules: ImportRules(keepsFirst: true)
    )
    for (entry, outcome) in zip(sink.entries, outcomes) {
      guard case .appended = outcome else { continue }
      report.events += 1
      report.touched(entry.run)
    }
  }
}

extension ImportEntry {
  /// What an importer handed over, on its way into the store.
  init(_ entry: ImportedEvents.Entry) {
    self.init(run: entry.run, seq: entry.seq, event: entry.event)
  }
}
