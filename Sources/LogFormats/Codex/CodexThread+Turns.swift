internal import Events

// When a turn of Codex begins and ends.
//
// Newer versions write `task_started`, then the prompt, and at the end `task_complete` or
// `turn_aborted`: a turn is what lies between. A prompt in it is one that reached the agent at work.
//
// Older versions write the prompts, and `turn_aborted`. There a prompt ends an open turn and begins
// one. The count of tokens behind the model's words shows that a turn is done, but for what is logged
// late of it; so it ends before the next thing that is said to the agent, at the time of its own last
// line, or when the run is sealed.
extension CodexThread {
  /// What is remembered of the turn that is open.
  mutating func changeNotes(_ change: (inout CodexTurnNotes) -> Void) {
    if notes.anchor != conversation.turn?.anchor {
      notes.anchor = conversation.turn?.anchor
      notes.isExplicit = false
      notes.failure = nil
      notes.hasText = false
    }
    change(&notes)
  }

  /// Whether the log says when the turn that is open is over.
  var isExplicit: Bool {
    conversation.turn != nil && notes.anchor == conversation.turn?.anchor && notes.isExplicit
  }

  mutating func startTask(_ line: CodexLine, into sink: inout ImportedEvents) {
    let task = line.payload.text("turn_id")
    if let task, conversation.turn?.id == task { return keep(line, into: &sink) }
    contextWindow = line.payload.count("model_context_window") ?? contextWindow
    let id = task ?? sink.line.id
    let event = Event.make(.turnStart) { json in
      json.member("turn_id", id)
      json.member("context_window", ifPresent: line.payload.count("model_context_window"))
    }
    endTurn(into: &sink)
    open(id, event, at: line.ts, into: &sink)
    changeNotes { $0.isExplicit = true }
  }

  private mutating func open(
    _ id: String,
    _ event: Event,
    at ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    emit(event, id: "turn/" + id, ts: ts, into: &sink)
    var turn = ConversationTurn(id: id, anchor: "turn/" + id, ts: ts ?? conversation.lastTS)
    turn.resultName = "result"
    conversation.turn = turn
    changeNotes { notes in
      notes.count += 1
      notes.key = CodexUUID.isUUID(id) ? id : "\(notes.count)"
    }
  }

  /// A prompt, as an event or as an item.
  mutating func prompt(_ prompt: CodexPrompt, into sink: inout ImportedEvents) {
    let isOfTurn = isExplicit
    if !isOfTurn { endTurn(into: &sink) }
    conversation.notePrompt(prompt.title, into: &sink)
    let payload = Payload(unchecked: Array(prompt.payload.utf8))
    let input = Event(
      EventKind(.input),
      payload: payload,
      producer: facts.parent == nil ? .user : .agent
    )
    emit(input, id: prompt.name + "/input", ts: prompt.ts, into: &sink)
    if isOfTurn {
      conversation.turn?.isDone = false
      if let ts = prompt.ts { conversation.turn?.lastTS = ts }
    } else {
      open(prompt.name, .turnStart(id: prompt.name), at: prompt.ts, into: &sink)
    }
  }

  // MARK: Ends

  /// Ends an open turn by what is known of it.
  mutating func endTurn(into sink: inout ImportedEvents) {
    conversation.endTurn(into: &sink)
    pairs.removeAll()
    calls.endTurn()
  }

  mutating func completeTask(_ line: CodexLine, into sink: inout ImportedEvents) {
    if let error = line.payload.object("error") { fail(CodexError(error), into: &sink) }
    settleRequests(into: &sink)
    let hasText = conversation.turn != nil && notes.hasText
    let hasFailed = conversation.turn?.hasFailed == true || line.payload["error"]?.isObject == true
    close(line, hasFailed ? "error" : "success", into: &sink) { json in
      json.member("ttft_ms", ifPresent: line.payload.count("time_to_first_token_ms"))
      if !hasText, let words = line.payload["last_agent_message"] {
        json.raw("last_agent_message", words.raw)
      }
    }
  }

  /// A person, or another turn, has stopped this one: open calls will not come back.
  mutating func abort(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard conversation.turn != nil || line.payload["turn_id"] != nil else {
      return keep(line, into: &sink)
    }
    settleRequests(into: &sink)
    close(line, "cancelled", into: &sink) { json in
      json.member("reason", ifPresent: line.payload.text("reason"))
    }
  }

  private mutating func close(
    _ line: CodexLine,
    _ status: String,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void
  ) {
    let id = line.payload.text("turn_id") ?? conversation.turn?.id
    if conversation.turn == nil {
      let anchor = id.map { "turn/" + $0 } ?? sink.line.id
      var turn = ConversationTurn(id: id, anchor: anchor, ts: line.ts)
      turn.resultName = "result"
      conversation.turn = turn
    } else if let id {
      conversation.turn?.id = id
      conversation.turn?.anchor = "turn/" + id
      conversation.turn?.resultName = "result"
    }
    let took = line.payload.count("duration_ms")
    conversation.close(status, at: line.ts, durationMs: took, into: &sink, more)
    pairs.removeAll()
    calls.endTurn()
  }

  /// The turn failed, unless something else follows.
  mutating func fail(_ error: CodexError, into sink: inout ImportedEvents) {
    let wasTold = conversation.turn != nil && notes.failure == error.key
    conversation.turn?.hasFailed = true
    if let ts = sink.line.ts { conversation.turn?.lastTS = ts }
    guard !wasTold else { return }
    changeNotes { $0.failure = error.key }
    conversation.emit(error.event(.error), "error", into: &sink)
    guard error.isLimit else { return }
    conversation.emit(.rateLimit(resetsAt: limitEnds), "limit", into: &sink)
  }
}
