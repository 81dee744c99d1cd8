internal import Events

/// A turn that is open.
struct TranscriptTurn {
  /// What happened in it last.
  enum Step: String { case prompt, words, call, result, denied }

  /// The prompt's id; `nil` for a turn that began without one.
  var id: String?
  /// What the ids of the turn's own events begin with.
  var anchor: String
  var step = Step.prompt
  /// The time of the last event in it.
  var lastTS: Timestamp?
  /// Set once the model has said that it is done.
  var stopReason: String?
  /// Set where a request failed that may yet be tried again.
  var hasFailed = false
}

// When a turn begins and ends, where a format does not say it in so many words: as in the logs
// of Claude Code. A prompt ends what is open and begins a turn. A model that says that it is
// done ends it, once the log is at rest or the next prompt comes. A turn of which neither is
// known ends with the next prompt: with success where the last thing was the model's own words,
// as cancelled where a person refused its last call, else as abandoned.
extension Transcript {
  /// A prompt: ends what is open, and begins a turn.
  mutating func prompt(
    _ payload: Payload,
    producer: Producer = .user,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    endTurn(into: &sink)
    let input = Event(EventKind(.input), payload: payload, producer: producer)
    emit(input, id: id + "/input", ts: ts, into: &sink)
    emit(.turnStart(id: id), id: id + "/turn.start", ts: ts, into: &sink)
    turn = TranscriptTurn(id: id, anchor: id, lastTS: ts)
  }

  /// A prompt within a turn: a person steers.
  mutating func steer(
    _ payload: Payload,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard turn != nil else { return prompt(payload, id: id, ts: ts, into: &sink) }
    let input = Event(EventKind(.input), payload: payload, producer: .user)
    emit(input, id: id + "/input", ts: ts, into: &sink)
    turn?.stopReason = nil
    if let ts { turn?.lastTS = ts }
  }

  /// Something of the conversation happened, which opens a turn where none is.
  mutating func step(_ step: TranscriptTurn.Step, id: String, ts: Timestamp?) {
    var turn = turn ?? TranscriptTurn(id: nil, anchor: id)
    turn.step = step
    turn.lastTS = ts ?? turn.lastTS
    turn.stopReason = nil
    if step != .denied { turn.hasFailed = false }
    self.turn = turn
  }

  /// Ends an open turn by what is known of it.
  mutating func endTurn(into sink: inout ImportedEvents) {
    guard let turn else { return }
    let status =
      switch turn.step {
      case _ where turn.hasFailed: "error"
      case _ where turn.stopReason != nil: "success"
      case .words: "success"
      case .denied: "cancelled"
      case .prompt, .call, .result: "abandoned"
      }
    close(status, into: &sink)
  }

  /// Ends an open turn whose model has said that it is done.
  mutating func endTurnIfDone(into sink: inout ImportedEvents) {
    if turn?.stopReason != nil { endTurn(into: &sink) }
  }

  /// Ends an open turn in a known way.
  mutating func close(
    _ status: String,
    stopReason: String? = nil,
    at ts: Timestamp? = nil,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    guard let turn else { return }
    if status == "cancelled" { cancelCalls(id: turn.anchor, at: ts ?? turn.lastTS, into: &sink) }
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: turn.id)
      json.member("status", status)
      json.member("stop_reason", ifPresent: stopReason ?? turn.stopReason)
      more(&json)
    }
    emit(event, id: turn.anchor + "/turn.result", ts: ts ?? turn.lastTS, into: &sink)
    self.turn = nil
    openCalls = []
  }

  /// The calls that are open will not come back.
  mutating func cancelCalls(id: String, at ts: Timestamp?, into sink: inout ImportedEvents) {
    for call in openCalls {
      let event = Event.toolResult(id: call, isCancelled: true)
      emit(event, id: id + "/cancelled/" + call, ts: ts, into: &sink)
    }
    openCalls = []
  }
}
