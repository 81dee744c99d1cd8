internal import Events
internal import RunDigest

/// Ends the runs whose log has been at rest for so long that nothing more is to be expected.
///
/// Formats that never record an end leave their runs running; should a later line come all the
/// same, the import that brings it resumes the run.
struct IdleSealing {
  private let store: RunStore
  private let idle: Duration?

  init(_ store: RunStore, _ options: LogImport.Options) {
    self.store = store
    idle = options.sealIdle
  }

  /// Ends the runs of the source that a cursor stands at the end of.
  func seal(_ cursor: ImportCursor, _ report: inout ImportReport) async throws {
    guard let idle, isAtRest(cursor, for: idle), var left = Remembered(cursor) else { return }
    var open: [RunKey] = []
    for run in left.importer.runs {
      let key = try RunKey(run.rawValue)
      if try await store.isOpenImport(key) { open.append(key) }
    }
    guard !open.isEmpty else { return }
    var sink = ImportedEvents()
    left.importer.beforeSeal(into: &sink)
    let entries = try sink.entries.map { entry in
      ImportEntry(
        run: try RunKey(entry.run.rawValue),
        seq: entry.seq,
        event: entry.event,
        bills: entry.bills
      )
    }
    let rules = ImportRules(keepsFirst: true)
    let step = ImportStep(from: cursor, to: left.cursor)
    _ = try await store.storeImported(entries, step: step, rules: rules)
    for key in open {
      try await store.endImport(key, reason: "its log was at rest")
      report.sealed += 1
    }
  }

  private func isAtRest(_ cursor: ImportCursor, for idle: Duration) -> Bool {
    let (seconds, attoseconds) = idle.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return store.options.now().microseconds * 1000 - cursor.mtime >= nanoseconds
  }

  /// The importer that a cursor remembers.
  private struct Remembered {
    private let before: ImportCursor
    private let checkpoint: ImportCheckpoint
    var importer: any LogImporter

    init?(_ cursor: ImportCursor) {
      guard let checkpoint = ImportCheckpoint(cursor.state),
        // The native format records its ends itself.
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

    var cursor: ImportCursor {
      var cursor = before
      cursor.state =
        ImportCheckpoint(
          format: checkpoint.format,
          lines: checkpoint.lines,
          importer: importer.encodedState
        ).bytes
      return cursor
    }
  }
}
