internal import Digests
internal import Engine
internal import EventLog
internal import Events
internal import Folding

/// Writes what an import brings, inside one write transaction.
///
/// 1. The events, the facts that importers share and the cursor of their source are committed together: a kill at
///    any point neither loses an event nor repeats one. The cursor must be the one that the events
///    were read from: of two imports of one source at a time, one has to read again.
///    So are the lines that could not be read, and the events that are refused.
/// 2. An event whose id its run has already is a duplicate. With another body it is refused, or,
///    where `keepsFirst` says so, passed over: what is stored first stays.
/// 3. The id is looked up before the seq. A claimed seq is the one that the event would get, or
///    that of the same event; else it is refused.
/// 4. A run that an import had ended, its log being at rest, is resumed by the first new event.
/// 5. At first events are handed to the appender many at a time, which itself finds duplicates. A
///    conflict fails that attempt as a whole; the next one, `isCareful`, looks before each event.
struct ImportWriter {
  let tables: any EngineTransaction
  let options: StoreOptions
  let rules: ImportRules
  let isCareful: Bool
  /// Whether runs are to be resumed, as far as it was looked up.
  private var resumes: [RunID: Bool] = [:]

  init(
    _ tables: any EngineTransaction,
    _ options: StoreOptions,
    _ rules: ImportRules,
    isCareful: Bool
  ) {
    self.tables = tables
    self.options = options
    self.rules = rules
    self.isCareful = isCareful
  }

  mutating func write(_ batch: ImportBatch) throws -> [ImportOutcome] {
    let (entries, step) = (batch.entries, batch.step)
    if let step, try tables.importCursor(of: step.after.path) != step.before {
      throw ImportConflict()
    }
    var outcomes: [ImportOutcome] = []
    outcomes.reserveCapacity(entries.count)
    var start = 0
    while start < entries.count {
      let run = entries[start].run
      if try isCareful || entries[start].seq != nil || isToResume(run) {
        outcomes.append(try writeOne(entries[start...]))
        start += 1
      } else {
        var end = start + 1
        while end < entries.count, entries[end].run == run, entries[end].seq == nil,
          !entries[end - 1].event.endsRun
        {
          end += 1
        }
        outcomes += try writeGroup(entries[start..<end])
        start = end
      }
      if let last = outcomes.last { try noteEnd(entries[start - 1], last) }
    }
    for fact in batch.facts { try save(fact) }
    if let unread = batch.unread { try quarantine(unread, entries, outcomes) }
    if let step { try tables.save(step.after) }
    return outcomes
  }

  private func quarantine(
    _ unread: UnreadLines,
    _ entries: [ImportEntry],
    _ outcomes: [ImportOutcome]
  ) throws {
    var lines = unread.lines
    for (index, outcome) in outcomes.enumerated() {
      guard case .refused(let reason) = outcome else { continue }
      var json = JSONWriter()
      let entry = entries[index]
      NativeLine.write(run: entry.run, seq: entry.seq, event: entry.event, into: &json)
      let line = index < unread.linesOfEntries.count ? unread.linesOfEntries[index] : 0
      lines.append(UnreadLine(line: line, reason: reason, bytes: json.bytes))
    }
    if unread.isPacked { try tables.forgetDamage(of: unread.source) }
    try tables.quarantine(lines, of: unread.source)
  }

  /// Writes the change of a fact.
  ///
  /// - Throws: ``ImportConflict`` if the store has another value than the importer read.
  private func save(_ fact: ImportFact) throws {
    guard try tables.importFact(fact.key) == fact.before else { throw ImportConflict() }
    try tables.saveImportFact(fact.after, under: fact.key)
  }

  // MARK: Events

  private func writeGroup(_ entries: ArraySlice<ImportEntry>) throws -> [ImportOutcome] {
    guard let run = entries.first?.run else { return [] }
    return try append(entries.map(\.event), to: run)
  }

  /// Writes the first of some entries.
  private mutating func writeOne(_ entries: ArraySlice<ImportEntry>) throws -> ImportOutcome {
    let entry = entries[entries.startIndex]
    if let id = entry.event.id, !id.isEmpty, let run = try tables.run(named: entry.run.rawValue),
      let stored = try tables.event(id: id, of: run.row)
    {
      if rules.keepsFirst || stored.isSame(as: entry.event) { return .duplicate(stored.seq) }
      return .refused(
        "run \(entry.run) has another event under the id \(id) (seq \(stored.seq)); give this one "
          + "an id of its own"
      )
    }
    if let seq = entry.seq {
      let head = try tables.run(named: entry.run.rawValue).map { try tables.head(of: $0.row) } ?? 0
      if seq <= head { return try compare(entry, at: seq) }
      guard seq == head + 1 else {
        return .refused(
          "the line says seq \(seq), but would be seq \(head + 1) of run \(entry.run); bring the "
            + "events before it first"
        )
      }
    }
    do {
      try resumeIfNeeded(entries)
      return try append([entry.event], to: entry.run)[0]
    } catch let error as StoreError where error.code == .invalidArgument {
      return .refused(error.message)
    }
  }

  private func compare(_ entry: ImportEntry, at seq: Int64) throws -> ImportOutcome {
    if let run = try tables.run(named: entry.run.rawValue),
      let stored = try tables.event(seq: seq, of: run.row),
      stored.isSame(as: entry.event)
    {
      return .duplicate(seq)
    }
    return .refused(
      "run \(entry.run) has another event at seq \(seq); leave the seq out to append this one"
    )
  }

  private func append(_ events: [Event], to run: RunID) throws -> [ImportOutcome] {
    let call = try AppendCall(events, to: run, expecting: .any, options: options)
    return try tables.append(call).outcomes.map { outcome in
      switch outcome {
      case .appended(let seq): .appended(seq)
      case .duplicate(let seq): .duplicate(seq)
      }
    }
  }

  // MARK: Resuming

  private mutating func isToResume(_ run: RunID) throws -> Bool {
    guard rules.resumesSealed else { return false }
    if let known = resumes[run] { return known }
    let found = try tables.run(named: run.rawValue).map(isEndedByImport) ?? false
    resumes[run] = found
    return found
  }

  /// The end may be one that the fold has not reached: imports note the ends that they write.
  private func isEndedByImport(_ run: RunReference) throws -> Bool {
    if try tables.importFact(Self.endKey(run.name)) != nil { return true }
    let reads = ReadSnapshot(tables, in: try tables.generationForFolding())
    guard let insight = try reads.insight(run), insight.isSealed else { return false }
    return insight.outcome.by == ImportRules.name
  }

  /// Resumes a run that ended if what is new in the batch shows it at work, before the first of it.
  private mutating func resumeIfNeeded(_ entries: ArraySlice<ImportEntry>) throws {
    let entry = entries[entries.startIndex]
    guard try isToResume(entry.run) else { return }
    let goesOn = try entries.contains { other in
      guard other.run == entry.run, Self.showsWork(other.event) else { return false }
      return try !isStored(other)
    }
    guard goesOn else { return }
    resumes[entry.run] = false
    let event = Event(
      "run.resumed",
      ts: entry.event.ts,
      producer: .system,
      session: entry.event.session
    )
    _ = try append([event], to: entry.run)
    let key = Self.endKey(entry.run.rawValue)
    try tables.saveImportFact(nil, under: key)
  }

  private func isStored(_ entry: ImportEntry) throws -> Bool {
    guard let id = entry.event.id, let run = try tables.run(named: entry.run.rawValue) else {
      return false
    }
    return try tables.event(id: id, of: run.row) != nil
  }

  /// Whether an event shows that its run goes on, rather than tells more of what was.
  private static func showsWork(_ event: Event) -> Bool {
    switch KnownKind(rawValue: event.kind.rawValue) {
    case .input, .text, .thought, .toolCall, .turnStart, .toolResult, .toolCallUpdate: true
    default: false
    }
  }

  /// Notes that a run is ended by what was just written.
  private mutating func noteEnd(_ entry: ImportEntry, _ outcome: ImportOutcome) throws {
    guard rules.resumesSealed, entry.event.endsRun, case .appended = outcome else { return }
    let key = Self.endKey(entry.run.rawValue)
    try tables.saveImportFact("", under: key)
    resumes[entry.run] = true
  }

  private static func endKey(_ run: String) -> String { "ended/\(run)" }
}

extension Event {
  fileprivate var endsRun: Bool { kind == EventKind(.runEnded) }
}
