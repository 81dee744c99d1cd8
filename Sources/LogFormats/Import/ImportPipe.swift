internal import Events
internal import RunDigest

/// Takes what was read of the sources into the store, while more is read.
///
/// 1. One batch is being written while the next one is filled: reading and writing each have a core,
///    and memory holds two batches, however long the sources are.
/// 2. Batches are written in the order in which they were read, each with its source's cursor. What
///    an importer asks, who has billed a request, is answered of the batch on its way too.
/// 3. The report tells of a batch once it is committed, never before.
/// 4. Where another import was faster, the batch and all that was read after it are void: the source
///    is read again from its cursor, and so are those after it.
///
/// Confined to the one who made it.
final class ImportPipe {
  /// What was read of a source, up to the end of a line.
  struct Batch {
    /// The place of the source in the import.
    var source: Int
    var shown: String
    var format: String
    var unread: UnreadLines
    /// `nil` for what is read from a pipe.
    var step: ImportStep?
    var lines: Int64
    var bytes: Int64
    /// Set on the last batch of a source.
    var end: End?

    struct End {
      var isTorn: Bool
    }
  }

  /// The batch of a source lost a race with another import.
  struct LostRace: Error {
    var source: Int
  }

  let store: RunStore
  private let tell: @Sendable (ImportReport.Problem) -> Void
  var report = ImportReport()
  /// What is being filled.
  var sink: ImportedEvents
  /// Whether lines get the seqs that come next, whatever they claim.
  private let renumbers: Bool
  /// What lies beside the files that have another's cursor.
  var siblings = Siblings()
  private let lookUp: FactLookUp
  private var underWay: UnderWay?

  private struct UnderWay {
    var batch: Batch
    var entries: [ImportEntry]
    var problems: [ImportedEvents.Problem]
    var outcomes: Task<[ImportOutcome], any Error>
  }

  init(
    _ store: RunStore,
    renumbers: Bool = false,
    tell: @escaping @Sendable (ImportReport.Problem) -> Void
  ) {
    self.store = store
    self.renumbers = renumbers
    self.tell = tell
    lookUp = FactLookUp(store)
    sink = lookUp.makeSink()
  }

  /// Hands over what is in the sink, once the batch before is written.
  func submit(_ batch: Batch) async throws {
    try await settle()
    try lookUp.check()
    let entries = sink.entries.map { [renumbers] in
      var entry = ImportEntry($0)
      if renumbers { entry.seq = nil }
      return entry
    }
    let facts = sink.facts.all.map(ImportFact.init)
    let isForeign = batch.format != LogFormat.events.name
    let outcomes = Task { [store] in
      try await store.storeImported(
        entries,
        facts: facts,
        unread: batch.unread,
        step: batch.step,
        rules: ImportRules(keepsFirst: isForeign, resumesSealed: isForeign)
      )
    }
    underWay = UnderWay(
      batch: batch,
      entries: entries,
      problems: sink.problems,
      outcomes: outcomes
    )
    sink.removeAll()
  }

  /// Ends an import that other imports were faster than too often.
  ///
  /// - Throws: `StoreError` `busy` after 10,000 conflicts: two imports of many files have many of them.
  static func requirePatience(_ conflicts: Int) throws {
    guard conflicts < 10_000 else {
      throw StoreError(
        .busy,
        "another import was faster \(conflicts) times; wait until it is done, and import again"
      )
    }
  }

  /// Waits until all that was handed over is written.
  func settle() async throws {
    guard let done = underWay else { return }
    let result = await done.outcomes.result
    underWay = nil
    do {
      note(done, try result.get())
    } catch is ImportConflict {
      // It went by facts that another import has changed.
      sink.discardAll()
      throw LostRace(source: done.batch.source)
    }
  }

  /// Forgets what was read and not handed over.
  func discard() {
    sink.discard()
    lookUp.forgetFailure()
  }

  private func note(_ done: UnderWay, _ outcomes: [ImportOutcome]) {
    for problem in done.problems {
      refuse(Int64(problem.line), problem.reason, of: done.batch)
    }
    for (index, outcome) in outcomes.enumerated() {
      switch outcome {
      case .appended:
        report.events += 1
        report.touched(done.entries[index].run)
      case .duplicate:
        report.duplicates += 1
      case .refused(let reason):
        refuse(done.batch.unread.linesOfEntries[index], reason, of: done.batch)
      }
    }
    report.lines += done.batch.lines
    report.bytes += done.batch.bytes
    guard let end = done.batch.end else { return }
    report.filesRead += 1
    if end.isTorn { report.filesTorn += 1 }
  }

  private func refuse(_ line: Int64, _ reason: String, of batch: Batch) {
    report.unread += 1
    let problem = ImportReport.Problem(source: batch.shown, line: Int(line), reason: reason)
    report.add(problem)
    tell(problem)
  }
}
