internal import Events

/// The clock of a run and the states that its time is charged to.
extension RunFold {
  /// Moves the clock, which never goes back, and says by how many microseconds.
  mutating func advanceClock(to ts: Timestamp) -> Int64 {
    if digest.facts.firstTs == nil { digest.facts.firstTs = ts }
    let clock = digest.facts.lastTs ?? ts
    digest.facts.lastTs = max(clock, ts)
    return max(0, ts.microseconds(since: clock))
  }

  /// The state that the run is in: what the time until the next event will be charged to.
  ///
  /// Mutating, although it changes nothing: of `self` as it stands, a method that only reads would get a
  /// copy of more than 2 KB.
  mutating func timeState() -> TimeState {
    if digest.facts.isSealed || !state.hasOpenTurn { return .idle }
    if state.openRequests > 0 { return .waiting }
    return state.openCalls > 0 ? .tool : .model
  }

  /// Puts right where the time of a turn went, now that its end is known.
  ///
  /// 1. No more than the turn's duration can be the model's, a tool's or a person's. A clock that an
  ///    event put ahead has charged more: the excess was idle.
  /// 2. Where the agent says how long it worked, what the turn has beyond that as model and tool was
  ///    spent waiting for a person, with a call open.
  mutating func settleTime(duration: Int64, ownMs: Int64?) {
    let charged = state.charged
    state.charged = RunTime()
    var excess = charged.spanMicros - duration
    guard excess > 0 || ownMs != nil else { return }
    var turn = charged
    turn.idle(&excess, from: \.modelMicros)
    turn.idle(&excess, from: \.toolMicros)
    turn.idle(&excess, from: \.waitingMicros)
    if let ownMs {
      let waited = min(turn.toolMicros, max(0, turn.modelMicros + turn.toolMicros - ownMs * 1000))
      turn.toolMicros -= waited
      turn.waitingMicros += waited
    }
    edit { totals in
      turn -= charged
      totals.add(turn)
    }
  }

  /// By how many microseconds model, tool and waiting exceed the turns that they were charged in;
  /// at most 0 if the fold is right.
  package var timeExcess: Int64 {
    let time = digest.totals.time
    var turns = digest.totals[.activeMicros]
    if let start = state.openTurn?.row.startTs, let clock = digest.facts.lastTs {
      turns &+= max(0, clock.microseconds(since: start))
    }
    return time.modelMicros &+ time.toolMicros &+ time.waitingMicros &- turns
  }
}

/// What a run is doing, as far as its time goes.
enum TimeState {
  case model
  case tool
  case waiting
  case idle

  /// What counts the run's time in the state.
  var counter: DigestCounter {
    switch self {
    case .model: .modelMicros
    case .tool: .toolMicros
    case .waiting: .waitingMicros
    case .idle: .idleMicros
    }
  }
}

extension RunTime {
  /// Moves what is left of an excess from a state to idle, as far as the state has it.
  fileprivate mutating func idle(
    _ excess: inout Int64,
    from state: WritableKeyPath<RunTime, Int64>
  ) {
    guard excess > 0 else { return }
    let moved = min(excess, self[keyPath: state])
    self[keyPath: state] -= moved
    idleMicros += moved
    excess -= moved
  }

  /// Charges a span to a state.
  mutating func add(_ micros: Int64, to state: TimeState) {
    switch state {
    case .model: modelMicros &+= micros
    case .tool: toolMicros &+= micros
    case .waiting: waitingMicros &+= micros
    case .idle: idleMicros &+= micros
    }
  }
}
