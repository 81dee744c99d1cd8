internal import Events

// When a turn begins and ends.
//
// A prompt ends what is open and begins a turn; so does a notification, a schedule or another agent,
// without being a person's prompt. What comes without any of them opens a turn of its own in the
// fold, which is remembered here too.
//
// A log that does not say when a turn is over ends it
// - with success, once the model has said that it is done, and then something later happens that is
//   not the model's own, or the log is at rest;
// - else with the next prompt, or when its run is sealed: with success where the last thing was the
//   model's own words, as cancelled where a person refused its last call, else as abandoned.
extension Conversation {
  /// A person, or the agent that called this one, asks for something.
  ///
  /// `text` is what the run is called by if it has no title.
  mutating func prompt(
    _ payload: Payload,
    text: String?,
    producer: Producer = .user,
    turnID: String? = nil,
    into sink: inout ImportedEvents
  ) {
    endTurn(into: &sink)
    notePrompt(text, into: &sink)
    emit(Event(EventKind(.input), payload: payload, producer: producer), "input", into: &sink)
    open(turnID ?? sink.line.id, into: &sink)
  }

  /// Something other than a prompt sets the agent to work: a notification, a schedule, a hook.
  mutating func begin(turnID: String? = nil, into sink: inout ImportedEvents) {
    endTurn(into: &sink)
    open(turnID ?? sink.line.id, into: &sink)
  }

  private mutating func open(_ id: String, into sink: inout ImportedEvents) {
    emit(.turnStart(id: id), "turn.start", into: &sink)
    turn = ConversationTurn(
      id: id,
      anchor: sink.line.id,
      ts: sink.line.ts ?? lastTS,
      session: sink.line.session
    )
  }

  /// A prompt within a turn: a person steers.
  mutating func steer(
    _ payload: Payload,
    text: String? = nil,
    into sink: inout ImportedEvents
  ) {
    guard turn != nil else { return prompt(payload, text: text, into: &sink) }
    flushRequest(into: &sink)
    emit(Event(EventKind(.input), payload: payload, producer: .user), "input", into: &sink)
    turn?.isDone = false
    turn?.stopReason = nil
    if let ts = sink.line.ts { turn?.lastTS = ts }
  }

  /// Something of the conversation happened, which opens a turn where none is.
  ///
  /// `message` is the model's message that it is a part of.
  mutating func step(
    _ step: ConversationTurn.Step,
    message: String? = nil,
    _ sink: ImportedEvents
  ) {
    var turn = turn ?? ConversationTurn(id: nil, anchor: sink.line.id)
    turn.step = step
    // Parts of a line may have times of their own, in any order.
    if let ts = sink.line.ts { turn.lastTS = max(turn.lastTS ?? ts, ts) }
    turn.session = sink.line.session ?? turn.session
    if step == .call || turn.doneMessage == nil || turn.doneMessage != message {
      turn.isDone = false
      turn.stopReason = nil
      turn.doneMessage = nil
    }
    if step != .denied { turn.hasFailed = false }
    self.turn = turn
  }

  /// The model says that it is done.
  mutating func done(_ reason: String?, message: String? = nil) {
    turn?.isDone = true
    turn?.stopReason = reason
    turn?.doneMessage = message
  }

  /// Ends an open turn by what is known of it.
  mutating func endTurn(into sink: inout ImportedEvents) {
    guard let turn else { return flushRequest(into: &sink) }
    close(turn.statusByLastStep, into: &sink)
  }

  /// Ends an open turn whose model has said that it is done.
  mutating func endTurnIfDone(into sink: inout ImportedEvents) {
    if turn?.isDone == true { endTurn(into: &sink) }
  }

  /// Ends an open turn in a known way, at the time of its last line unless another is given.
  mutating func close(
    _ status: String,
    stopReason: String? = nil,
    at ts: Timestamp? = nil,
    durationMs: Int64? = nil,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    flushRequest(into: &sink)
    guard let turn else { return }
    let end = ts ?? turn.lastTS
    if status == "cancelled" { cancelCalls(anchor: turn.anchor, at: end, into: &sink) }
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: turn.id)
      json.member("status", status)
      json.member("stop_reason", ifPresent: stopReason ?? turn.stopReason)
      json.member("duration_ms", ifPresent: durationMs)
      more(&json)
    }
    let id = turn.anchor + "/" + turn.resultName
    emit(event.with(ts: end, session: turn.session, id: id), into: &sink)
    self.turn = nil
    forgetCalls()
  }

  /// The calls that are open will not come back.
  private mutating func cancelCalls(
    anchor: String,
    at ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    for call in openCalls {
      let event = Event.toolResult(id: call, isCancelled: true)
      emit(event.with(ts: ts, id: anchor + "/cancelled/" + call), into: &sink)
    }
    forgetCalls()
  }

  // MARK: Rest

  /// Nothing more is there for now.
  mutating func pause(into sink: inout ImportedEvents) {
    flushRequest(into: &sink)
  }

  /// The log is at rest: a turn that is done ends, unless the log itself will say how it ended.
  mutating func rest(endsDoneTurns: Bool = true, into sink: inout ImportedEvents) {
    flushRequest(into: &sink)
    if endsDoneTurns { endTurnIfDone(into: &sink) }
  }

  /// The run is about to be sealed: a turn that ended with the model's words ends so.
  ///
  /// One that is at work is abandoned by the seal. What comes of it later opens another one.
  mutating func beforeSeal(into sink: inout ImportedEvents) {
    flushRequest(into: &sink)
    if turn?.isAtWork == false { endTurn(into: &sink) }
    turn = nil
    forgetCalls()
  }

  /// Whether the run was asked for something, and has neither answered nor failed.
  var isAtWork: Bool { turn?.isAtWork == true }
}
