internal import Events

/// A turn that is open.
struct CodexTurn {
  /// What happened in it last.
  enum Step: String { case prompt, words, call, result }

  /// The id of the task; in versions that name none, what its prompt is known by.
  var id: String?
  /// What the ids of the turn's own events begin with.
  var anchor: String
  /// Whether the log says when the turn is over.
  var isExplicit = false
  var step = Step.prompt
  /// Whether the model has said something and called nothing since.
  var isAnswered = false
  /// The failure that the turn ends with, if nothing else follows it.
  var failure: String?
  var hasText = false
  /// The time of the last line of it.
  var lastTS: Timestamp?
}

// When a turn of Codex begins and ends.
//
// Newer versions write `task_started`, then the prompt as a `user_message`, and at the end
// `task_complete` or `turn_aborted`: a turn is what lies between. A `user_message` in it is a
// prompt that reached the agent at work.
//
// Older versions write the prompts, and `turn_aborted`. There a prompt ends an open turn and
// begins one. A turn ends with success once the model has answered without a call, which its
// count of tokens shows, and the file is at rest or the next prompt comes; else as abandoned,
// since the log breaks off between a call and an answer.
extension CodexThread {
  mutating func startTask(_ line: CodexLine, into sink: inout ImportedEvents) {
    let task = line.payload.text("turn_id")
    if let task, turn?.id == task { return keep(line, into: &sink) }
    endTurn(into: &sink)
    pairs.removeAll()
    let id = task ?? name(line)
    let event = Event.make(.turnStart) { json in
      json.member("turn_id", id)
      json.member("context_window", ifPresent: line.payload.count("model_context_window"))
    }
    emit(event, id: "turn/" + id, ts: line.ts, into: &sink)
    turn = CodexTurn(id: id, anchor: "turn/" + id, isExplicit: true, lastTS: line.ts)
  }

  /// A prompt, as an event or as an item.
  mutating func prompt(_ prompt: CodexPrompt, into sink: inout ImportedEvents) {
    let isOfTurn = turn?.isExplicit == true
    if !isOfTurn {
      endTurn(into: &sink)
      pairs.removeAll()
    }
    let event = Event(
      EventKind(.input),
      payload: Payload(unchecked: prompt.payload),
      producer: facts.parent == nil ? .user : .agent
    )
    emit(event, id: prompt.name + "/input", ts: prompt.ts, into: &sink)
    if isOfTurn {
      turn?.isAnswered = false
      return
    }
    emit(.turnStart(id: prompt.name), id: "turn/" + prompt.name, ts: prompt.ts, into: &sink)
    turn = CodexTurn(id: prompt.name, anchor: "turn/" + prompt.name, lastTS: prompt.ts)
  }

  /// Something of the conversation happened, which opens a turn where none is.
  mutating func step(_ step: CodexTurn.Step, _ line: CodexLine) {
    var turn = turn ?? CodexTurn(id: nil, anchor: "turn/" + name(line))
    turn.step = step
    turn.isAnswered = false
    if step != .result { turn.failure = nil }
    turn.lastTS = line.ts ?? turn.lastTS
    self.turn = turn
  }

  mutating func completeTask(_ line: CodexLine, into sink: inout ImportedEvents) {
    if let error = line.payload.object("error") {
      fail(CodexError(error), line, into: &sink)
    }
    let status = turn?.failure == nil ? "success" : "error"
    closeCalls(into: &sink)
    let id = line.payload.text("turn_id") ?? turn?.id
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: id)
      json.member("status", status)
      json.member("duration_ms", ifPresent: line.payload.count("duration_ms"))
      json.member("ttft_ms", ifPresent: line.payload.count("time_to_first_token_ms"))
      if turn?.hasText != true, let words = line.payload["last_agent_message"] {
        json.raw("last_agent_message", words.raw)
      }
    }
    let anchor = id.map { "turn/" + $0 } ?? turn?.anchor ?? name(line)
    emit(event, id: anchor + "/result", ts: line.ts, into: &sink)
    turn = nil
  }

  /// A person, or another turn, has stopped this one: open calls will not come back.
  mutating func abort(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard turn != nil || line.payload["turn_id"] != nil else { return keep(line, into: &sink) }
    for call in calls.open where !call.isRunning {
      let event = Event.toolResult(id: call.id, isCancelled: true)
      emit(event, id: "result/" + call.id, ts: line.ts, into: &sink)
    }
    closeCalls(into: &sink)
    let id = line.payload.text("turn_id") ?? turn?.id
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: id)
      json.member("status", "cancelled")
      json.member("reason", ifPresent: line.payload.text("reason"))
      json.member("duration_ms", ifPresent: line.payload.count("duration_ms"))
    }
    let anchor = id.map { "turn/" + $0 } ?? turn?.anchor ?? name(line)
    emit(event, id: anchor + "/result", ts: line.ts, into: &sink)
    turn = nil
  }

  /// Ends an open turn by what is known of it.
  mutating func endTurn(into sink: inout ImportedEvents) {
    guard let turn else { return }
    let isDone = turn.isAnswered || (turn.step == .words && !turn.isExplicit)
    let status = turn.failure != nil ? "error" : isDone ? "success" : "abandoned"
    closeCalls(into: &sink)
    let event = Event.turnResult(id: turn.id, status: status)
    emit(event, id: turn.anchor + "/result", ts: turn.lastTS, into: &sink)
    self.turn = nil
  }

  /// Ends an open turn whose model has answered, where the log won't say that it is over.
  mutating func endTurnIfAnswered(into sink: inout ImportedEvents) {
    if let turn, turn.isAnswered, !turn.isExplicit { endTurn(into: &sink) }
  }

  /// Calls that left a process behind have come back, though nothing says how it ended.
  private mutating func closeCalls(into sink: inout ImportedEvents) {
    for call in calls.open where call.isRunning {
      let event = Event.make(.toolResult) { json in
        json.member("tool_use_id", call.id)
        json.member("is_error", false)
        json.member("running", true)
      }
      emit(event, id: "result/" + call.id, ts: call.ts, into: &sink)
    }
    calls.endTurn()
  }
}
