internal import Events

/// The end of a run, its judgement, and its return.
extension RunFold {
  /// Seals the run.
  ///
  /// The first terminal event wins; one after the seal is only a late event.
  mutating func endRun(_ event: FoldEvent) {
    guard !digest.facts.isSealed else { return }
    let interrupted = state.hasOpenTurn
    if interrupted {
      abandonTurn(event, sweeping: .run)
    } else {
      sweep(.run, idx: nil)
    }
    var outcome = digest.facts.outcome
    emptyLoose(at: event)
    outcome.cause = fields.text(.cause).flatMap(EndCause.init(rawValue:))
    outcome.by = fields.fact(.by)
    outcome.reason = fields.fact(.reason)
    outcome.exitCode = fields.signed(.exitCode)
    if let verdict = fields.text(.verdict).flatMap(Verdict.init(rawValue:)) {
      outcome.verdict = verdict
    }
    outcome.interrupted = interrupted
    outcome.endedAt = event.ts
    digest.facts.outcome = outcome
    digest.facts.isSealed = true
    state.sealedBucket = RollupCellKey.bucket(of: event.ts)
    stamp()
  }

  /// Takes a judgement of the task, before the end or after it.
  mutating func judgeRun() {
    guard let verdict = fields.text(.state).flatMap(Verdict.init(rawValue:)) else { return }
    digest.facts.outcome.verdict = verdict
    if digest.facts.isSealed {
      move(-1)
      stamp()
    }
  }

  /// Lifts the seal.
  mutating func resumeRun(_ event: FoldEvent) {
    guard digest.facts.isSealed else { return }
    emptyLoose(at: event)
    move(-1)
    digest.facts.isSealed = false
    digest.facts.outcome.reopen()
    state.sealedBucket = nil
    state.unsettled = nil
    corrections = [:]
    state.resumes += 1
  }

  private mutating func stamp() {
    digest.facts.outcome.status = Outcome.status(
      cause: digest.facts.outcome.cause,
      verdict: digest.facts.outcome.verdict,
      interrupted: digest.facts.outcome.interrupted ?? false,
      lastTurn: state.lastTurnClass
    )
    move(1)
  }

  /// Counts the run in or out of its outcome, in the bucket of the event that sealed it.
  private mutating func move(_ runs: Int64) {
    guard let bucket = state.sealedBucket else { return }
    changes.outcomes.append(
      OutcomeMove(bucket: bucket, status: digest.facts.outcome.status, runs: runs)
    )
  }
}
