internal import Events

/// Turns: opened by `turn.start` or by the first thing that happens, adopted, closed.
extension RunFold {
  mutating func startTurn(_ event: FoldEvent) {
    guard !digest.facts.isSealed else { return }
    let id = fields.fact(.turnID)
    if state.openTurn?.row.synthetic == true {
      state.openTurn?.row.turnID = id
      state.openTurn?.row.synthetic = false
      return
    }
    if state.hasOpenTurn { abandonTurn(event, sweeping: .turn) }
    openTurn(event, id: id, synthetic: false, byOutput: false)
  }

  /// Opens a turn at an event; one that a result makes may have begun before.
  mutating func openTurn(
    _ event: FoldEvent,
    id: String?,
    synthetic: Bool,
    byOutput: Bool,
    startTs: Timestamp? = nil
  ) {
    let row = Turn(
      idx: state.turnsMade,
      turnID: id,
      synthetic: synthetic,
      session: event.session,
      startSeq: event.seq,
      startOrdinal: event.ordinal,
      startTs: startTs ?? event.ts
    )
    state.turnsMade += 1
    state.openTurn = OpenTurn(row: row, awaitsFirstOutput: !byOutput)
    digest.facts.isTurnOpen = true
    emptyLoose(at: event)
  }

  /// Makes the turn of a result that closes no open one; usage that no turn has is its own.
  private mutating func openTurn(ofResult event: FoldEvent, ownMs: Int64?) {
    let usage = state.loose
    openTurn(
      event,
      id: fields.fact(.turnID),
      synthetic: true,
      byOutput: true,
      startTs: ownMs.map { start(ofResult: event, ownMs: $0) }
    )
    state.openTurn?.usage = usage
  }

  /// When a turn began of which only the result is known: as long ago as it says that it worked, but
  /// not before the turn before it ended, nor before the run began.
  private func start(ofResult event: FoldEvent, ownMs: Int64) -> Timestamp {
    var start = Timestamp(microseconds: event.ts.microseconds &- ownMs * 1000)
    if let end = state.lastTurnEnd { start = max(start, end) }
    if let first = digest.facts.firstTs { start = max(start, first) }
    return min(start, event.ts)
  }

  /// A prompt reached the agent.
  mutating func notePrompt(_ event: FoldEvent) {
    guard !digest.facts.isSealed else { return }
    if !state.hasOpenTurn { openTurn(event, id: nil, synthetic: true, byOutput: false) }
    state.openTurn?.row.prompt = true
  }

  /// The agent put something out: a turn is open from here on, and has had its first output.
  mutating func noteOutput(_ event: FoldEvent) {
    guard !digest.facts.isSealed, !fields.isTrue(.subagent) else { return }
    // Not the turn itself: it is large, and nearly every event comes by here.
    guard let awaitsFirstOutput = state.openTurn?.awaitsFirstOutput else {
      openTurn(event, id: nil, synthetic: true, byOutput: true)
      return
    }
    guard awaitsFirstOutput, let start = state.openTurn?.row.startTs else { return }
    let micros = max(0, event.ts.microseconds(since: start))
    state.openTurn?.awaitsFirstOutput = false
    state.openTurn?.row.ttftMicros = micros
    edit { $0.ttft.add(micros / 1000) }
  }

  /// A turn ended, says the agent.
  mutating func endTurn(_ event: FoldEvent) {
    guard !fields.isTrue(.subagent) else { return }
    guard !digest.facts.isSealed else {
      settleLate(event)
      return
    }
    let ownMs = fields.duration(.durationMs)
    let hadTurn = state.hasOpenTurn
    if !hadTurn { openTurn(ofResult: event, ownMs: ownMs) }
    guard let idx = state.openTurn?.row.idx else { return }
    if state.openTurn?.row.turnID == nil { state.openTurn?.row.turnID = fields.fact(.turnID) }
    applyResult()
    let status = fields.text(.status).map(TurnStatus.init(rawValue:)) ?? .success
    let stopReason = (fields.text(.stopReason) ?? fields.text(.terminalReason))
      .map(StopReason.init(rawValue:))
    sweep(.turn, idx: idx)
    let turnClass = TurnClass(status: status)
    // A turn that its own result made has that as its first event, whatever time it began at.
    func cause(_ label: String) -> Anchor? {
      hadTurn ? state.openTurn?.row.anchor(label: label) : anchor(event, label: label)
    }
    if turnClass == .failed, let cause = cause(status.rawValue) {
      record(error: Name("failed_turn"), anchor: cause, turn: idx)
    } else if turnClass != .abandoned, let stopReason, !StopReason.normal.contains(stopReason),
      let cause = cause(stopReason.rawValue)
    {
      record(.abnormalStop, anchor: cause, turn: idx)
    }
    closeTurn(
      event,
      status: status,
      turnClass: turnClass,
      stopReason: stopReason,
      sample: hadTurn ? .duration : ownMs.map(LatencySample.own),
      ownMs: ownMs
    )
  }

  /// What a closed turn gives to the latencies of turns.
  private enum LatencySample {
    /// The time from its start to its end.
    case duration
    /// The time that its result tells.
    case own(Int64)
  }

  /// Closes the open turn because something else began or the run ended.
  mutating func abandonTurn(_ event: FoldEvent, sweeping scope: SweepScope) {
    guard let turn = state.openTurn else { return }
    sweep(scope, idx: turn.row.idx)
    record(.incompleteTurn, anchor: turn.row.anchor(label: nil), turn: turn.row.idx)
    closeTurn(event, status: .abandoned, turnClass: .abandoned, stopReason: nil)
  }

  private mutating func closeTurn(
    _ event: FoldEvent,
    status: TurnStatus,
    turnClass: TurnClass,
    stopReason: StopReason?,
    sample: LatencySample? = nil,
    ownMs: Int64? = nil
  ) {
    guard var row = state.openTurn?.shown else { return }
    row.session = event.session
    row.endSeq = event.seq
    row.endOrdinal = event.ordinal
    row.endTs = event.ts
    row.status = status
    row.stopReason = stopReason
    row.ownMs = ownMs
    let micros = row.durationMicros ?? 0
    edit { totals in
      totals[turnClass.counter] += 1
      totals[.activeMicros] &+= micros
      switch sample {
      case .duration: totals.turnLatency.add(micros / 1000)
      case .own(let milliseconds): totals.turnLatency.add(milliseconds)
      case nil: break
      }
    }
    settleTime(duration: micros, ownMs: ownMs)
    if current.isRunEnded, let usage = state.openTurn?.usage {
      state.unsettled = UnsettledTurn(row: row.withoutUsage, usage: usage)
    }
    state.openTurn = nil
    state.lastTurnClass = turnClass
    state.lastTurnEnd = event.ts
    state.looseSince = event.seq
    digest.facts.isTurnOpen = false
    digest.facts.outcome.lastTurnStatus = TurnStatus(
      rawValue: Name.cut(status.rawValue, to: DigestFacts.bytesMax)
    )
    changes.note(row)
  }
}

extension Turn {
  /// The row as the state keeps it: what the turn used stands beside it there.
  fileprivate var withoutUsage: Turn {
    var row = self
    row.tokens = TurnTokens()
    row.models = NameMap()
    row.cost = ReportedCost()
    return row
  }

  /// The event that opened the turn, as the cause of what was wrong with it.
  func anchor(label: String?) -> Anchor {
    Anchor(seq: startSeq, ordinal: startOrdinal, ts: startTs, label: label.map { Name($0).text })
  }
}
