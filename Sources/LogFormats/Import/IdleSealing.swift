internal import Events
internal import RunDigest

/// Ends the runs whose log has been at rest for so long that nothing more is to be expected.
///
/// Formats that never record an end leave their runs running. What counts is the time of a run's last
/// event, not that of the file: a log of March that was copied today is at rest. A run in the middle
/// of its work is given a day. Should a later line come all the same, the import that brings it
/// resumes the run.
struct IdleSealing {
  private let store: RunStore
  private let idle: Duration?

  /// How long a run may be at work without a line.
  private static let atWork = Duration.seconds(24 * 60 * 60)

  init(_ store: RunStore, _ options: LogImport.Options) {
    self.store = store
    idle = options.sealIdle
  }

  /// Whether runs are ended at all.
  var isWanted: Bool { idle != nil }

  /// Ends the runs of a source that are due.
  ///
  /// - Returns: When the next of its runs is due, in microseconds since 1970; `nil` if all have
  ///   ended.
  func seal(_ path: String, _ report: inout ImportReport) async throws -> Int64? {
    guard let idle, let cursor = try store.importCursor(of: path), !cursor.isSealed,
      var left = RememberedSource(cursor)
    else { return nil }
    var due: [RunID] = []
    var next: Int64?
    for run in left.importer.runs {
      guard let rest = try await store.importRest(run) else { continue }
      let limit = left.importer.isAtWork(run) ? max(idle, Self.atWork) : idle
      let time = rest.microseconds + Int64(limit / .microseconds(1))
      if time <= store.options.now().microseconds {
        due.append(run)
      } else {
        next = min(next ?? time, time)
      }
    }
    let lookUp = FactLookUp(store)
    var sink = lookUp.makeSink()
    if !due.isEmpty { left.importer.beforeSeal(into: &sink) }
    try lookUp.check()
    try await left.store(sink, isSealed: next == nil, in: store, &report)
    for run in due {
      try await store.endImport(run, reason: "its log was at rest")
      report.sealed += 1
    }
    return next
  }
}

extension ImportCursor {
  /// Whether all runs of the source were ended when it was last looked at.
  var isSealed: Bool { ImportCheckpoint(state)?.isSealed ?? false }
}
