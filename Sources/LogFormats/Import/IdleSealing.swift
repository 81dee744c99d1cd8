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

  /// Ends the runs of the source that a cursor stands at the end of, if it is time.
  func seal(_ cursor: ImportCursor, _ report: inout ImportReport) async throws {
    guard isAtRest(since: cursor.mtime), var left = RememberedSource(cursor) else { return }
    var open: [RunKey] = []
    for run in left.importer.runs {
      let key = try RunKey(run.rawValue)
      if try await store.isOpenImport(key) { open.append(key) }
    }
    guard !open.isEmpty else { return }
    let billers = Billers(store)
    var sink = billers.makeSink()
    left.importer.beforeSeal(into: &sink)
    try billers.check()
    try await left.store(sink, in: store, &report)
    for key in open {
      try await store.endImport(key, reason: "its log was at rest")
      report.sealed += 1
    }
  }

  /// Whether a file that was last changed then has been at rest for long enough.
  func isAtRest(since mtime: Int64) -> Bool {
    guard let idle else { return false }
    let (seconds, attoseconds) = idle.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return store.options.now().microseconds * 1000 - mtime >= nanoseconds
  }
}
