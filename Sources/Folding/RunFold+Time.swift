internal import Events

/// The clock of a run and the states that its time is charged to.
extension RunFold {
  /// Moves the clock, which never goes back, and says by how many microseconds.
  mutating func advanceClock(to ts: Int64) -> Int64 {
    if digest.firstTs == nil { digest.firstTs = ts }
    let clock = digest.lastTs ?? ts
    digest.lastTs = max(clock, ts)
    return max(0, ts - clock)
  }

  /// The state that the run is in: what the time until the next event will be charged to.
  ///
  /// Mutating, although it changes nothing: of `self` as it stands, a method that only reads would get a
  /// copy of more than 2 KB.
  mutating func timeState() -> TimeState {
    if digest.isSealed { return .idle }
    if state.openRequests > 0 { return .waiting }
    if state.openCalls > 0 { return .tool }
    return state.hasOpenTurn ? .model : .idle
  }
}

/// What a run is doing, as far as its time goes.
enum TimeState {
  case model
  case tool
  case waiting
  case idle
}

extension RunTime {
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
