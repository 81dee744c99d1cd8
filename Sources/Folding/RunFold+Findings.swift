internal import Events

/// Errors and issues: every one a row, and per class a count with the first and the last.
extension RunFold {
  /// Records a failure that something reported.
  mutating func record(error errorClass: Name, anchor: Anchor, turn: Int64?) {
    edit { $0.errors[at: $0.errors.position(of: errorClass, initial: 0)] += 1 }
    digest.errors.record(errorClass, .error, anchor)
    if turn != nil, turn == state.openTurn?.row.idx { state.openTurn?.row.errors += 1 }
    append(.error, errorClass, .error, at: anchor, turn: turn)
  }

  /// Records a failure that only shows in the shape of the log.
  mutating func record(_ issue: IssueClass, anchor: Anchor, turn: Int64?) {
    let name = Name(issue.rawValue)
    edit { $0.issues[at: $0.issues.position(of: name, initial: 0)] += 1 }
    digest.issues.record(name, issue.severity, anchor)
    if turn != nil, turn == state.openTurn?.row.idx { state.openTurn?.row.issues += 1 }
    append(.issue, name, issue.severity, at: anchor, turn: turn)
  }

  private mutating func append(
    _ type: FindingType,
    _ errorClass: Name,
    _ severity: Severity,
    at anchor: Anchor,
    turn: Int64?
  ) {
    changes.findings.append(
      Finding(
        n: state.findingsMade,
        type: type,
        errorClass: errorClass.text,
        severity: severity,
        anchor: anchor,
        turn: turn
      )
    )
    state.findingsMade += 1
  }

  /// Counts the failure of a call in the row of its turn, which may be closed.
  mutating func noteFailedCall(inClosed turn: Int64) {
    if state.unsettled?.row.idx == turn {
      state.unsettled?.row.toolFailed += 1
      state.unsettled?.row.errors += 1
    }
    guard let index = changes.index(ofTurn: turn) else {
      changes.laterFailures[turn, default: 0] += 1
      return
    }
    changes.turns[index].toolFailed += 1
    changes.turns[index].errors += 1
  }

  mutating func reportError(_ event: FoldEvent) {
    let type = fields.text(.type)
    record(
      error: Name(type.map { "error:" + $0 } ?? "error"),
      anchor: anchor(event, label: type),
      turn: state.openTurn?.row.idx
    )
  }

  /// The current event as its own cause.
  func anchor(_ event: FoldEvent, label: String?) -> Anchor {
    Anchor(
      seq: event.seq,
      ordinal: event.ordinal,
      ts: event.ts,
      label: label.map { Name($0).text }
    )
  }
}

extension NameMap where Value == FindingSummary {
  mutating func record(_ name: Name, _ severity: Severity, _ anchor: Anchor) {
    let initial = FindingSummary(count: 0, severity: severity, first: anchor, last: anchor)
    let position = position(of: name, bound: Totals.Bounds.digest.errors, initial: initial)
    self[at: position].count += 1
    self[at: position].last = anchor
  }
}
