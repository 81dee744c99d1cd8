internal import Events
internal import Folding
internal import Storage

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
  let context: WriterContext
  let options: StoreOptions
  let rules: ImportRules
  let isCareful: Bool
  /// Whether runs are to be resumed, as far as it was looked up.
  private var resumes: [RunKey: Bool] = [:]

  init(_ context: WriterContext, _ options: StoreOptions, _ rules: ImportRules, isCareful: Bool) {
    self.context = context
    self.options = options
    self.rules = rules
    self.isCareful = isCareful
  }

  mutating func write(
    _ entries: [ImportEntry],
    _ facts: [ImportFact],
    _ unread: UnreadLines?,
    _ step: ImportStep?
  ) throws -> [ImportOutcome] {
    if let step, try ImportCursor.read(step.after.path, context.connection) != step.before {
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
    for fact in facts { try fact.save(context.connection) }
    if let unread { try quarantine(unread, entries, outcomes) }
    if let step { try step.after.save(context.connection) }
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
    let quarantine = Quarantine(connection: context.connection)
    if unread.isPacked { try quarantine.forgetDamage(of: unread.source) }
    try quarantine.keep(lines, of: unread.source)
  }

  // MARK: Events

  private func writeGroup(_ entries: ArraySlice<ImportEntry>) throws -> [ImportOutcome] {
    guard let run = entries.first?.run else { return [] }
    return try append(entries.map(\.event), to: run)
  }

  /// Writes the first of some entries.
  private mutating func writeOne(_ entries: ArraySlice<ImportEntry>) throws -> ImportOutcome {
    let entry = entries[entries.startIndex]
    if let id = entry.event.id, !id.isEmpty, let key = try context.runID(entry.run, adding: false),
      let stored = try StoredEvent.find(id: id, run: key, context.connection)
    {
      if rules.keepsFirst || stored.isSame(as: entry.event) { return .duplicate(stored.seq) }
      return .refused(
        "run \(entry.run) has another event under the id \(id) (seq \(stored.seq)); give this one "
          + "an id of its own"
      )
    }
    if let seq = entry.seq {
      let head = try context.head(entry.run)
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
    if let key = try context.runID(entry.run, adding: false),
      let stored = try StoredEvent.find(seq: seq, run: key, context.connection),
      stored.isSame(as: entry.event)
    {
      return .duplicate(seq)
    }
    return .refused(
      "run \(entry.run) has another event at seq \(seq); leave the seq out to append this one"
    )
  }

  private func append(_ events: [Event], to run: RunKey) throws -> [ImportOutcome] {
    let call = try AppendCall(events, to: run, expecting: .any, options: options)
    return try context.append(call).outcomes.map { outcome in
      switch outcome {
      case .appended(let seq): .appended(seq)
      case .duplicate(let seq): .duplicate(seq)
      }
    }
  }

  // MARK: Resuming

  private mutating func isToResume(_ run: RunKey) throws -> Bool {
    guard rules.resumesSealed else { return false }
    if let known = resumes[run] { return known }
    let found = try context.runID(run, adding: false).map { try isEndedByImport($0, run) } ?? false
    resumes[run] = found
    return found
  }

  /// The end may be one that the fold has not reached: imports note the ends that they write.
  private func isEndedByImport(_ id: Int64, _ run: RunKey) throws -> Bool {
    if try ImportFact.read(Self.endKey(run), context.connection) != nil { return true }
    let statement = try context.connection.statement(
      "SELECT body FROM digests WHERE id = ?1 AND sealed = 1"
    )
    let version = try LiveVersion.forFolding(context.connection)
    try statement.bind(id * 256 + version, at: 1)
    return try statement.firstRow { row in
      try Digest.facts(of: row.bytes(at: 0)).facts.outcome.by == ImportRules.name
    } ?? false
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
    let key = Self.endKey(entry.run)
    let end = try ImportFact.read(key, context.connection)
    try ImportFact(key: key, before: end, after: nil).save(context.connection)
  }

  private func isStored(_ entry: ImportEntry) throws -> Bool {
    guard let id = entry.event.id, let run = try context.runID(entry.run, adding: false) else {
      return false
    }
    return try StoredEvent.find(id: id, run: run, context.connection) != nil
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
    let key = Self.endKey(entry.run)
    let before = try ImportFact.read(key, context.connection)
    try ImportFact(key: key, before: before, after: "").save(context.connection)
    resumes[entry.run] = true
  }

  private static func endKey(_ run: RunKey) -> String { "ended/\(run)" }
}

extension Event {
  fileprivate var endsRun: Bool { kind == EventKind(.runEnded) }
}

/// An event of the log, for the question whether another one is the same.
private struct StoredEvent {
  var seq: Int64
  var event: Event

  /// The time counts where the repeat names one.
  func isSame(as other: Event) -> Bool {
    var other = other
    other.ts = other.ts ?? event.ts
    if other.session?.isEmpty == true { other.session = nil }
    if other.traceparent?.isEmpty == true { other.traceparent = nil }
    return event == other
  }

  static func find(id: String, run: Int64, _ connection: Connection) throws -> StoredEvent? {
    let select = try connection.statement(
      """
      SELECT e.seq, e.kind, s.name, e.ts, e.producer, e.traceparent, e.payload, e.event_id
      FROM events e LEFT JOIN sessions s ON s.id = e.session WHERE e.run = ?1 AND e.event_id = ?2
      """
    )
    try select.bind(run, at: 1)
    try select.bind(id, at: 2)
    return try select.firstRow(StoredEvent.init)
  }

  static func find(seq: Int64, run: Int64, _ connection: Connection) throws -> StoredEvent? {
    guard let pos = try RunIndex(connection).position(of: run, seq: seq) else { return nil }
    let select = try connection.statement(
      """
      SELECT e.seq, e.kind, s.name, e.ts, e.producer, e.traceparent, e.payload, e.event_id
      FROM events e LEFT JOIN sessions s ON s.id = e.session WHERE e.pos = ?1
      """
    )
    try select.bind(pos, at: 1)
    return try select.firstRow(StoredEvent.init)
  }

  private init(row: Statement) throws {
    seq = row.int64(at: 0)
    event = Event(
      try row.kind(at: 1),
      payload: Payload(unchecked: Array(row.bytes(at: 6))),
      ts: Timestamp(microseconds: row.int64(at: 3)),
      producer: Producer(code: row.int64(at: 4)),
      session: row.optionalString(at: 2),
      id: row.optionalString(at: 7),
      traceparent: row.optionalString(at: 5)
    )
  }
}
