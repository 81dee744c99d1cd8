internal import Events

/// The fold of one run: `(state, event) -> state`, without a clock, I/O or hash order.
///
/// Everything that computes a digest goes through ``step(_:)``: the worker, the finalizer, boot
/// catch-up, `rebuild` and `verify`. No other code computes one. What holds at every step:
///
/// 1. `step` takes exactly the event after the watermark, or throws and changes nothing.
/// 2. The digest's additive part is the sum of the cells that were ever taken: `step` writes only
///    to the cell of its event, and ``settle()`` adds that cell to the digest and to the changes.
/// 3. Cells are added in log order, so bounded maps keep the names that came first, however the
///    log is cut into batches.
/// 4. All rows that an event needs were supplied before it: `step` never reads a table.
///
/// Keeps invariant 2 of the protocol, and by its second rule invariant 3.
///
/// ```
/// let needs = fold.prepare(event)
/// if let id = needs.id { fold.supply(call: …, permission: …) }
/// if needs.open { fold.supplyOpen(calls: …, permissions: …) }
/// var usage = needs.usage
/// while let id = usage { usage = fold.supply(usage: …) }
/// try fold.step(event)
/// let changes = fold.takeChanges()
/// ```
package struct RunFold: ~Copyable {
  /// The digest as of the last ``settle()``.
  package internal(set) var digest: Digest
  var state: State
  var working: WorkingSet
  var fields = PayloadFields()
  var current = CurrentEvent()
  /// The cell of the current event; what is in it is not yet in the digest.
  private var cell = RollupCell(
    key: RollupCellKey(session: nil, bucket: 0, agent: nil, project: nil, host: nil),
    totals: Totals()
  )
  private var hasUnsettled = false
  var changes = FoldChanges()
  /// Where the session of the last event is among the changes.
  var sessionIndex: Int?
  /// What the usage that was prepared corrects, if it does.
  var correction: Correction?
  /// Where the last corrections lie, by their seq: what the log would say again.
  var corrections: [Int64: Origin] = [:]

  /// What a step needs from the tables.
  package struct Needs {
    /// The call and permission of this id.
    package var id: String?
    /// All open calls and permission requests.
    package var open = false
    /// The `usage` event of this id.
    package var usage: String?
  }

  /// Starts at the first event of a run.
  package init() {
    digest = Digest()
    state = State()
    working = WorkingSet(isComplete: true)
  }

  init(digest: Digest, state: State) {
    self.digest = digest
    self.state = state
    working = WorkingSet(isComplete: digest.facts.watermark == 0)
  }

  /// The seq of the last event folded.
  package var watermark: Int64 { digest.facts.watermark }

  /// How often a seal of this run was lifted, which numbers its terminal events.
  package var resumes: Int64 { state.resumes }

  /// Reads an event's payload and says which rows ``step(_:)`` will need.
  package mutating func prepare(_ event: FoldEvent) -> Needs {
    fields.scan(event.payload)
    current = CurrentEvent(kind: event.known, fields: fields)
    var needs = Needs()
    if let id = current.id {
      let entry = working.index(of: id)
      current.entry = entry
      if !working.isKnown(entry) { needs.id = id }
    }
    if current.kind?.maySweep == true, !hasAllOpen { needs.open = true }
    if current.isUsage { needs.usage = usageToCorrect() }
    return needs
  }

  /// Takes in the rows of the id that the event just prepared needs.
  package mutating func supply(call: Call?, permission: Permission?) {
    guard let entry = current.entry else { return }
    working.supply(call: call, permission: permission, at: entry)
  }

  /// Takes in all open rows.
  package mutating func supplyOpen(calls: [Call], permissions: [Permission]) {
    working.supplyOpen(calls: calls, permissions: permissions)
  }

  private var hasAllOpen: Bool {
    working.openCalls == state.openCalls && working.openRequests == state.openRequests
  }

  /// Folds the event that was just prepared.
  package mutating func step(_ event: FoldEvent) throws(FoldError) {
    guard event.seq == watermark + 1 else {
      throw .gap(expected: watermark + 1, found: event.seq)
    }
    let isLate = digest.facts.isSealed && current.canBeLate
    let movesClock = current.movesClock(whenSealed: digest.facts.isSealed)
    let elapsed = movesClock ? advanceClock(to: event.ts) : 0
    if current.isRunStarted { noteFacts(event) }
    if let session = event.session { note(session: session, event, movesClock: movesClock) }
    let charged = elapsed == 0 ? nil : timeState()
    enterCell(of: event)
    digest.facts.watermark = event.seq
    edit { totals in
      totals[.eventCount] += 1
      if event.seq == 1 { totals[.runs] += 1 }
      if let charged { totals[charged.counter] &+= elapsed }
    }
    if let charged, charged != .idle { state.charged.add(elapsed, to: charged) }
    countKind(event.kind)
    noteTrace(event.traceparent)
    notePayload(event)
    if isLate {
      edit { $0[.lateEvents] += 1 }
      record(
        .lateEvent,
        anchor: anchor(event, label: text(event.kind)),
        turn: state.openTurn?.row.idx
      )
    }
    fold(event)
  }

  private mutating func fold(_ event: FoldEvent) {
    switch current.kind {
    case .runStarted, nil: break
    case .runEnded: endRun(event)
    case .runResumed: resumeRun(event)
    case .verdict: judgeRun()
    case .turnStart: startTurn(event)
    case .turnResult: endTurn(event)
    case .input: notePrompt(event)
    case .text, .thought: noteOutput(event)
    case .toolCall: callTool(event)
    case .toolCallUpdate, .toolResult: resolveTool(event)
    case .permissionRequest: requestPermission(event)
    case .permissionDecision: decidePermission()
    case .agentCost: noteAgentCost()
    case .runTag: tagRun()
    case .runNote: digest.facts.notes += 1
    case .runScore: scoreRun()
    case .usage: addUsage(event)
    case .error: reportError(event)
    case .checkpoint: addCheckpoint()
    case .span: addSpan()
    case .compaction: edit { $0[.compactions] += 1 }
    case .retry: edit { $0[.retries] += 1 }
    case .rateLimit: edit { $0[.rateLimits] += 1 }
    }
  }

  /// Brings the digest up to the last step.
  package mutating func settle() {
    guard hasUnsettled else { return }
    digest.totals.add(cell.totals, within: .digest)
    // A batch has few cells: sessions change seldom, buckets even less.
    if let index = changes.cells.firstIndex(where: { $0.key == cell.key }) {
      changes.cells[index].totals.add(cell.totals)
    } else {
      changes.cells.append(cell)
    }
    hasUnsettled = false
    cell.totals = Totals()
    assert(
      digest.totals[.eventCount] == digest.facts.watermark,
      "invariant 2: \(digest.totals[.eventCount]) events counted at watermark \(watermark)"
    )
  }

  /// Settles, and hands over all changes since the last take.
  ///
  /// The open turn is among the turns.
  package mutating func takeChanges() -> FoldChanges {
    settle()
    if let turn = state.openTurn { changes.turns.append(turn.shown) }
    (changes.calls, changes.permissions) = working.takeDirty()
    let taken = changes
    changes = FoldChanges()
    sessionIndex = nil
    return taken
  }

  /// How many calls and requests it keeps in memory.
  package var cachedRows: Int { working.count }

  /// Lets go of rows that are written, when there are more than a few hundred of them: of some 400
  /// bytes each, for every run that is being folded.
  package mutating func trim() {
    working.trim(above: 256)
    if corrections.count > 256 { corrections = [:] }
  }

  /// Makes the cell of the event the one that ``edit(_:)`` changes.
  private mutating func enterCell(of event: FoldEvent) {
    let bucket = RollupCellKey.bucket(of: event.ts)
    if hasUnsettled, cell.key.bucket == bucket, cell.key.session.isExactly(event.session),
      !current.isRunStarted
    {
      return
    }
    settle()
    hasUnsettled = true
    cell.key = RollupCellKey(
      session: event.session,
      bucket: bucket,
      agent: digest.facts.agent,
      project: digest.facts.project,
      host: digest.facts.host
    )
  }

  /// Changes the totals of the event's cell.
  ///
  /// Every figure that can be summed goes through here.
  mutating func edit(_ change: (inout Totals) -> Void) {
    change(&cell.totals)
  }
}
