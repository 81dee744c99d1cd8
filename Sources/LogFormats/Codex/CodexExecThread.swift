internal import Events

/// What is remembered of one thread that `codex exec` runs.
struct CodexExecThread: Codable {
  let id: String
  var conversation: Conversation
  /// Whether a turn has begun that its next line will name: logs of one thread begin alike.
  var isTurnDue = false
  var hasTurnFailed = false
  /// How the last turn ended; `nil` while none has.
  var ending: Ending?
  /// Whether the run has been ended.
  var hasEnded = false
  /// The call that an open item is, by the item's id.
  var calls: [String: String] = [:]
  /// What `turn.completed` came to last in this log.
  var total: CodexCounts?
  /// Cumulative counts that were reported in a turn before its end, where the end has none.
  var gauge: CodexCounts?
  /// Whether the log says that the thread was begun before it.
  var isResumed = false
  /// A turn that may be in the store already.
  var held: CodexExecTurn?
  /// What the names of a turn's lines end with, where another turn has lines of the same names.
  var suffix = ""

  enum Ending: String, Codable { case success, error }

  init(_ id: String) {
    self.id = id
    conversation = Conversation(
      format: "codex-exec",
      run: Conversation.run("codex-exec", id),
      session: id
    )
  }

  var run: RunID { conversation.run }

  var isAtWork: Bool { conversation.turn != nil && !hasTurnFailed || isTurnDue }

  // MARK: Events

  mutating func emit(_ event: Event, _ id: String? = nil, into sink: inout ImportedEvents) {
    conversation.emit(event.with(id: id), into: &sink)
  }

  mutating func keep(_ line: JSONObject, _ type: String, into sink: inout ImportedEvents) {
    conversation.keep(type, line.raw, into: &sink)
  }

  private func payload(_ line: JSONObject) -> Payload {
    // The kind of the line would read as the class of the error or retry.
    Payload.object { json in
      json.member("message", ifPresent: line.text("message"))
      json.raw("line", line.raw)
    }
  }

  // MARK: Lines

  mutating func take(_ line: JSONObject, _ type: String, into sink: inout ImportedEvents) {
    conversation.tell(RunFacts(agent: "codex"), into: &sink)
    if type == "thread.started" || type == "turn.started" { giveUpHeldTurn(into: &sink) }
    if isTurnDue, held == nil, type != "turn.started" {
      isTurnDue = false
      startTurn(sink.line.id, mayBeKnown: true, into: &sink)
    }
    if held != nil { return hold(line, type, into: &sink) }
    sink.line.id += suffix
    read(line, type, into: &sink)
  }

  mutating func read(_ line: JSONObject, _ type: String, into sink: inout ImportedEvents) {
    hasEnded = false
    switch type {
    case "thread.started":
      suffix = ""
      keep(line, type, into: &sink)
    case "turn.started":
      close("abandoned", into: &sink)
      suffix = ""
      hasTurnFailed = false
      ending = nil
      isTurnDue = true
      guard let id = line.text("turn_id") else { return }
      isTurnDue = false
      startTurn(id, mayBeKnown: false, into: &sink)
    case "turn.completed":
      countTurn(line, into: &sink)
      let failed = hasTurnFailed || line["status"]?.equals("failed") == true
      finishTurn(failed ? "error" : "success", line, into: &sink)
    case "turn.failed":
      let error = line.object("error")
      if !hasTurnFailed {
        let type = error?.text("code") ?? error?.text("type")
        conversation.emit(.error(type: type, message: error?.text("message")), "error", into: &sink)
      }
      hasTurnFailed = true
      countTurn(line, into: &sink)
      finishTurn("error", line, into: &sink)
    case "error":
      readError(line, into: &sink)
    case "item.started", "item.updated", "item.completed":
      guard let item = line.object("item") else { return keep(line, type, into: &sink) }
      readItem(item, line, type, into: &sink)
    case "tool.call.required", "tool.call.completed":
      readToolCall(line, type, into: &sink)
    default:
      if let usage = CodexCounts(line["usage"]), type.contains("okenUsage") { gauge = usage }
      if type.contains("compaction") {
        emit(Event(EventKind(.compaction), payload: payload(line)), into: &sink)
      } else {
        // The delta of a text is its beginning, or all of it where nothing completes the item.
        keep(line, type, into: &sink)
      }
    }
  }

  /// An error that is tried again is not one of the turn.
  private mutating func readError(_ line: JSONObject, into sink: inout ImportedEvents) {
    let message = line.text("message") ?? line.object("error")?.text("message")
    let isRetry = line.isTrue("will_retry") || message?.hasPrefix("Reconnecting") == true
    if isRetry {
      return emit(Event(EventKind(.retry), payload: payload(line)), into: &sink)
    }
    emit(.error(type: line.text("code"), message: message), into: &sink)
    hasTurnFailed = true
    if conversation.turn == nil { ending = .error }
  }

  // MARK: Turns

  mutating func startTurn(
    _ name: String,
    mayBeKnown: Bool,
    into sink: inout ImportedEvents
  ) {
    if mayBeKnown, let turn = CodexExecTurn(name, of: id, in: sink) {
      held = turn
      return
    }
    if mayBeKnown { CodexExecTurn.begin(name, of: id, in: &sink) }
    open(name, into: &sink)
  }

  mutating func open(_ name: String, into sink: inout ImportedEvents) {
    emit(.turnStart(id: name), "turn/" + name, into: &sink)
    var turn = ConversationTurn(id: name, anchor: "turn/" + name)
    turn.resultName = "result"
    conversation.turn = turn
  }

  private mutating func finishTurn(
    _ status: String,
    _ line: JSONObject,
    into sink: inout ImportedEvents
  ) {
    // A turn that has failed may be completed too.
    if conversation.turn == nil, ending != nil, status != "success" {
      return keep(line, "turn.completed", into: &sink)
    }
    if conversation.turn == nil {
      let name = line.text("turn_id")
      let anchor = name.map { "turn/" + $0 } ?? sink.line.id
      conversation.turn = ConversationTurn(id: name, anchor: anchor)
      conversation.turn?.resultName = "result"
    } else if let name = conversation.turn?.id {
      CodexExecTurn.end(name, of: id, at: sink.line.id, in: &sink)
    }
    close(status, into: &sink)
    ending = status == "success" ? .success : .error
  }

  mutating func close(_ status: String, into sink: inout ImportedEvents) {
    conversation.close(status, into: &sink)
    calls = [:]
  }

  /// Behind the end of a turn the process has ended, and the run unless another one goes on with it.
  mutating func rest(into sink: inout ImportedEvents) {
    guard conversation.turn == nil, !isTurnDue, held == nil, !hasEnded, let ending else { return }
    let cause: EndCause = ending == .success ? .stop : .fail
    emit(.runEnded(cause, by: "importer"), "run.ended/" + sink.line.id, into: &sink)
    hasEnded = true
  }

  // MARK: Tokens

  /// Counts what the thread's usage grew by.
  private mutating func countTurn(_ line: JSONObject, into sink: inout ImportedEvents) {
    let told = CodexCounts(line["usage"]) ?? gauge
    gauge = nil
    guard let now = told, now.isRequest else { return }
    var totals = CodexExecTotals(of: id, in: sink)
    let before = total
    total = now
    guard totals.entry(of: now) == nil else { return }
    let epoch = totals.epoch(of: now, after: before)
    let below = totals.below(now, epoch)
    let event = sink.line.id + "/usage"
    var request = ModelRequest(key: nil, id: event)
    request.counts = (below.map { now - $0.total } ?? now).tokens
    // What the thread used before its first known log is in there too.
    request.isPartial = below == nil && isResumed && before == nil
    if let usage = line["usage"] { request.reported = String(decoding: usage.raw, as: UTF8.self) }
    emit(request.event(replacing: nil), event, into: &sink)
    if let above = totals.above(now, epoch) {
      let next = totals.entries[above]
      var rest = ModelRequest(key: nil, id: next.event)
      rest.counts = (next.total - now).tokens
      let correction = next.event + "/after/" + now.word
      emit(rest.event(replacing: next.event), correction, into: &sink)
      totals.correct(above, by: correction)
    }
    totals.insert(CodexExecTotals.Entry(total: now, epoch: epoch, event: event))
    totals.save(into: &sink)
  }
}
