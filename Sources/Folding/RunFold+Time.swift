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
  var timeState: WritableKeyPath<RunTime, Int64> {
    if digest.isSealed { return \.idleMicros }
    if state.openRequests > 0 { return \.waitingMicros }
    if state.openCalls > 0 { return \.toolMicros }
    return state.openTurn == nil ? \.idleMicros : \.modelMicros
  }
}
