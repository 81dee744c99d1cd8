internal import Events

/// Turns: opened by `turn.start` or by the first thing that happens, adopted, closed.
extension RunFold {
  mutating func startTurn(_ event: FoldEvent) {
    guard !digest.isSealed else { return }
    let id = fields.fact(.turnID)
    if state.openTurn?.row.synthetic == true {
      state.openTurn?.row.turnID = id
      state.openTurn?.row.synthetic = false
      return
    }
    if state.hasOpenTurn { abandonTurn(event, sweeping: .turn) }
    openTurn(event, id: id, synthetic: false, byOutput: false)
  }

  mutating func openTurn(_ event: FoldEvent, id: String?, synthetic: Bool, byOutput: Bool) {
    let row = Turn(
      idx: state.turnsMade,
      turnID: id,
      synthetic: synthetic,
      session: event.session,
      startSeq: event.seq,
      startOrdinal: event.ordinal,
      startTs: event.ts
    )
    state.turnsMade += 1
    state.openTurn = OpenTurn(row: row, awaitsFirstOutput: !byOutput)
    digest.isTurnOpen = true
  }

  /// A prompt reached the agent.
  mutating func notePrompt(_ event: FoldEvent) {
    guard !digest.isSealed else { return }
    if !state.hasOpenTurn { openTurn(event, id: nil, synthetic: true, byOutput: false) }
    state.openTurn?.row.prompt = true
  }

  /// The agent put something out: a turn is open from here on, and has had its first output.
  mutating func noteOutput(_ event: FoldEvent) {
    guard !digest.isSealed, !fields.isTrue(.subagent) else { return }
    // Not the turn itself: it is large, and nearly every event comes by here.
    guard let awaitsFirstOutput = state.openTurn?.awaitsFirstOutput else {
      openTurn(event, id: nil, synthetic: true, byOutput: true)
      return
    }
    guard awaitsFirstOutput, let start = state.openTurn?.row.startTs else { return }
    let micros = max(0, event.ts - start)
    state.openTurn?.awaitsFirstOutput = false
    state.openTurn?.row.ttftMicros = micros
    edit { $0.ttft.add(micros / 1000) }
  }

  /// A turn ended, says the agent.
  mutating func endTurn(_ event: FoldEvent) {
    guard !fields.isTrue(.subagent) else { return }
    guard !digest.isSealed else {
      settleLate()
      return
    }
    let hadTurn = state.hasOpenTurn
    if !hadTurn {
      openTurn(event, id: fields.fact(.turnID), synthetic: true, byOutput: true)
    }
    guard let idx = state.openTurn?.row.idx else { return }
    if state.openTurn?.row.turnID == nil { state.openTurn?.row.turnID = fields.fact(.turnID) }
    applyResult()
    let status = fields.text(.status) ?? "success"
    let stopReason = fields.text(.stopReason) ?? fields.text(.terminalReason)
    sweep(.turn, idx: idx)
    let turnClass = TurnClass(status: status)
    if turnClass == .failed, let start = state.openTurn?.row {
      record(error: Name("failed_turn"), anchor: start.anchor(label: status), turn: idx)
    } else if turnClass != .abandoned, let stopReason, !Self.normalStops.contains(stopReason),
      let start = state.openTurn?.row
    {
      record(.abnormalStop, anchor: start.anchor(label: stopReason), turn: idx)
    }
    closeTurn(event, status: status, turnClass: turnClass, stopReason: stopReason, sampled: hadTurn)
  }

  private static let normalStops: Set<String> = [
    "success", "completed", "end_turn", "stop", "stop_sequence", "tool_use", "cancelled",
    "interrupted",
  ]

  /// Closes the open turn because something else began or the run ended.
  mutating func abandonTurn(_ event: FoldEvent, sweeping scope: SweepScope) {
    guard let turn = state.openTurn else { return }
    sweep(scope, idx: turn.row.idx)
    record(.incompleteTurn, anchor: turn.row.anchor(label: nil), turn: turn.row.idx)
    closeTurn(event, status: "abandoned", turnClass: .abandoned, stopReason: nil, sampled: false)
  }

  private mutating func closeTurn(
    _ event: FoldEvent,
    status: String,
    turnClass: TurnClass,
    stopReason: String?,
    sampled: Bool
  ) {
    guard var row = state.openTurn?.shown else { return }
    row.session = event.session
    row.endSeq = event.seq
    row.endOrdinal = event.ordinal
    row.endTs = event.ts
    row.status = status
    row.stopReason = stopReason
    let micros = row.durationMicros ?? 0
    edit { totals in
      totals.turns[turnClass] += 1
      totals.activeMicros &+= micros
      if sampled { totals.turnLatency.add(micros / 1000) }
    }
    if current.isRunEnded, let turn = state.openTurn {
      state.unsettled = UnsettledTurn(
        row: row,
        tally: turn.tally,
        usageCost: turn.usageCost,
        subagentCost: turn.subagentCost
      )
    }
    state.openTurn = nil
    state.lastTurnClass = turnClass
    digest.isTurnOpen = false
    digest.outcome.lastTurnStatus = Name.cut(status, to: Digest.factBytesMax)
    changes.turns.append(row)
  }
}

extension Turn {
  /// The event that opened the turn, as the cause of what was wrong with it.
  func anchor(label: String?) -> Anchor {
    Anchor(seq: startSeq, ordinal: startOrdinal, ts: startTs, label: label.map { Name($0).text })
  }
}
