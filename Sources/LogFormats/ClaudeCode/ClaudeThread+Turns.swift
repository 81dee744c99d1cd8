internal import Events

// When a turn of Claude Code begins and ends.
//
// A prompt begins a turn: `input`, then `turn.start`. What comes without a prompt, such as the
// answer to a slash command, opens a turn of its own in the fold, which is remembered here too.
//
// The log says only in newer versions when a turn is over. So it ends
// - with success, once the model stopped for another reason than a tool call, and then the
//   file is at rest, the duration of the turn is reported, or a person does something. A model
//   that goes on, because a hook made it, is still in its turn;
// - as cancelled, when a person interrupts;
// - with an error, when a request failed for good;
// - when the next prompt comes and nothing of the above was seen: with success where the last
//   thing was the model's own words, as cancelled where a person refused its last call, else as
//   abandoned, since the log breaks off between a call and an answer.
// Its end has the time of its last line, not of the line that proves it.
extension ClaudeThread {
  /// A prompt: ends what is open, and begins a turn.
  mutating func prompt(
    _ payload: Payload,
    producer: Producer,
    line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    endTurn(into: &sink)
    emit(
      Event(EventKind(.input), payload: payload, producer: producer),
      id: line.id + "/input",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    emit(
      .turnStart(id: line.id),
      id: line.id + "/turn.start",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    turn = ClaudeTurn(id: line.id, anchor: line.id, lastTS: line.ts, session: line.session)
  }

  /// Something of the conversation happened, which opens a turn where none is.
  mutating func step(_ step: ClaudeTurn.Step, _ line: ClaudeLine) {
    var turn = turn ?? ClaudeTurn(id: nil, anchor: line.id)
    turn.step = step
    turn.lastTS = line.ts ?? turn.lastTS
    turn.session = line.session ?? turn.session
    if step == .call { turn.ending = nil }
    self.turn = turn
  }

  /// Ends an open turn by what is known of it.
  mutating func endTurn(into sink: inout ImportedEvents) {
    guard let turn else { return flushUsage(into: &sink) }
    let status =
      switch turn.step {
      case _ where turn.ending != nil: "success"
      case .words: "success"
      case .denied: "cancelled"
      case .prompt, .call, .result: "abandoned"
      }
    close(status, into: &sink)
  }

  /// Ends an open turn whose model has said that it is done.
  mutating func endTurnIfEnding(into sink: inout ImportedEvents) {
    if turn?.ending != nil { close("success", into: &sink) }
  }

  /// Ends an open turn in a known way.
  mutating func close(
    _ status: String,
    at ts: Timestamp? = nil,
    durationMs: Int64? = nil,
    into sink: inout ImportedEvents
  ) {
    flushUsage(into: &sink)
    guard let turn else { return }
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: turn.id)
      json.member("status", status)
      json.member("stop_reason", ifPresent: turn.ending?.stopReason)
      json.member("duration_ms", ifPresent: durationMs)
      if turn.isCorrected {
        json.object("by_model") { json in
          for (model, counts) in turn.tally.sorted(by: { $0.key < $1.key }) {
            json.object(model) { json in
              json.member("input", counts.input)
              json.member("output", counts.output)
              json.member("cache_read", counts.cacheRead)
              json.member("cache_create", counts.cacheWrite)
            }
          }
        }
      }
    }
    emit(
      event,
      id: turn.anchor + "/turn.result",
      ts: ts ?? turn.lastTS,
      session: turn.session,
      into: &sink
    )
    self.turn = nil
    openCalls = []
  }

  /// A person has stopped the agent: open calls will not come back.
  mutating func interrupt(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    for call in openCalls {
      emit(
        .toolResult(id: call, isCancelled: true),
        id: line.id + "/cancelled/" + call,
        ts: line.ts,
        session: line.session,
        into: &sink
      )
    }
    close("cancelled", at: line.ts, into: &sink)
  }
}
