internal import Events

/// A `usage` that replaces an earlier one: what counts is the difference.
///
/// The difference lies where the corrected request lies: in the open turn, in the loose usage, in the
/// turn that a seal abandoned, or else in the run alone. A request lies where its seq says; a correction
/// of a correction lies where the first of them does. Sub-agents' usage is in no loose usage, nor is what
/// corrects it.
extension RunFold {
  /// A usage that the current event corrects.
  struct Correction {
    /// As it counted.
    var old: BilledRequest
    /// Where it lies.
    var origin: Origin
  }

  /// What says where a request lies that was corrected, perhaps more than once.
  struct Origin {
    /// The seq of the first of its events.
    var seq: Int64
    /// Whether any of them is a sub-agent's.
    var isSubagents: Bool
  }

  /// A `usage` event of the log, with its payload where the reader found it.
  package struct RecordedUsage {
    var seq: Int64
    var payload: UnsafeRawBufferPointer

    package init(seq: Int64, payload: UnsafeRawBufferPointer) {
      self.seq = seq
      self.payload = payload
    }
  }

  /// The id of the event that the current usage replaces, if it replaces one.
  mutating func usageToCorrect() -> String? {
    if correction != nil { correction = nil }
    return fields.isTrue(.copied) ? nil : fields.text(.replaces)
  }

  /// Takes in the `usage` event of the id that was asked for, `nil` if the run has none, and returns
  /// the id of the next one that is needed to know where that one lies.
  package mutating func supply(usage: RecordedUsage?) -> String? {
    let isFirst = correction == nil
    let before = correction?.origin.seq ?? digest.facts.watermark + 1
    // An id may name a later event: when a log is folded again, all of it is there.
    guard let usage, usage.seq < before else { return nil }
    var fields = PayloadFields()
    fields.scan(usage.payload)
    guard !fields.isTrue(.copied) else { return nil }
    if isFirst {
      let old = BilledRequest(fields, runModel: digest.facts.model)
      correction = Correction(
        old: old,
        origin: Origin(seq: usage.seq, isSubagents: old.isSubagent)
      )
    } else {
      correction?.origin.seq = usage.seq
      if fields.isTrue(.subagent) { correction?.origin.isSubagents = true }
    }
    // What lies before all that can still be settled is the run's, as is what it replaces.
    guard usage.seq > settledThrough else { return nil }
    if let origin = corrections[usage.seq] {
      correction?.origin.seq = origin.seq
      if origin.isSubagents { correction?.origin.isSubagents = true }
      return nil
    }
    return fields.text(.replaces)
  }

  /// Counts a request instead of the one that it corrects.
  mutating func correct(_ correction: Correction, by new: BilledRequest, _ event: FoldEvent) {
    let old = correction.old
    edit { totals in
      let position = totals.models.position(of: new.model, initial: ModelUsage())
      totals.models[at: position].add(new)
      let oldPosition = totals.models.position(of: old.model, initial: ModelUsage())
      totals.models[at: oldPosition].subtract(old)
      guard new.nanoUSD != nil || old.nanoUSD != nil else { return }
      totals.add(ReportedCost(nanoUSD: (new.nanoUSD ?? 0) &- (old.nanoUSD ?? 0)))
    }
    var origin = correction.origin
    if new.isSubagent { origin.isSubagents = true }
    corrections[event.seq] = origin
    switch location(of: correction.origin) {
    case .openTurn:
      state.openTurn?.usage.add(new)
      state.openTurn?.usage.subtract(old)
    case .loose:
      if !new.isSubagent { state.loose.add(new) }
      state.loose.subtract(old)
    case .abandonedTurn:
      guard var turn = state.unsettled else { return }
      turn.usage.add(new)
      turn.usage.subtract(old)
      changes.note(turn.shown)
      state.unsettled = turn
    case .run: break
    }
  }

  /// The seq through which usage is the run's alone: no result settles it any more.
  private var settledThrough: Int64 {
    if let start = state.openTurn?.row.startSeq { return start }
    return min(state.looseSince, state.unsettled?.row.startSeq ?? state.looseSince)
  }

  /// Where usage may lie, beside the run.
  private enum UsageLocation {
    case openTurn
    case loose
    case abandonedTurn
    case run
  }

  private func location(of origin: Origin) -> UsageLocation {
    let seq = origin.seq
    if let start = state.openTurn?.row.startSeq { return seq > start ? .openTurn : .run }
    if seq > state.looseSince { return origin.isSubagents ? .run : .loose }
    if let turn = state.unsettled?.row, let end = turn.endSeq, turn.startSeq < seq, seq < end {
      return .abandonedTurn
    }
    return .run
  }
}
