internal import Events

/// What became of a call.
struct CodexOutcome {
  var fate: CodexToolOutput.Fate
  var exitCode: Int64?
  /// How long it took by itself, where the log says so.
  var durationMs: Int64?

  init(_ fate: CodexToolOutput.Fate, exitCode: Int64? = nil, durationMs: Int64? = nil) {
    self.fate = fate
    self.exitCode = exitCode
    self.durationMs = durationMs
  }
}

// How calls come back.
//
// 1. The end of a command, a patch or the like and the output that the model gets both tell what
//    became of a call; the first counts.
// 2. A command that is left running has come back then, as far as its time goes. Calls that look at
//    its process later are calls of their own. What they return of its exit, or what its own end
//    says, is how the first call ended: a second result of that one.
// 3. A call that asked to leave the sandbox waited for a person from the call until its own time
//    began; without a time of its own, nothing is known of a wait.
extension CodexThread {
  /// The output that the model got for a call.
  mutating func readOutput(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let id = line.payload.text("call_id") else { return keep(line, into: &sink) }
    // The end of a command or a patch has told what became of the call already.
    if calls.isKnown(id), calls.open[id] == nil { return keep(line, into: &sink) }
    let output = CodexToolOutput(line.payload["output"])
    var outcome = CodexOutcome(
      output.fate,
      exitCode: output.exitCode,
      durationMs: output.durationMs
    )
    let call = calls.open[id]
    if let code = call?.exitCode, output.fate == .ok {
      outcome.fate = .failed
      outcome.exitCode = code
    }
    if let name = call?.polls { settle(name, &outcome, output, into: &sink) }
    if outcome.fate == .running, call != nil {
      let names = output.processes.isEmpty ? ["call/" + id] : output.processes
      for name in names { calls.leave(name, runningBy: id) }
    }
    resolve(id, outcome, into: &sink) { json in
      if let content = line.payload["output"] ?? line.payload["tools"] {
        json.raw("content", content.raw)
      }
    }
  }

  /// What a call that looks at a process was told: an exit is that of the process.
  private mutating func settle(
    _ process: String,
    _ outcome: inout CodexOutcome,
    _ output: CodexToolOutput,
    into sink: inout ImportedEvents
  ) {
    if outcome.fate == .running {
      // The process goes on, and the look at it is over.
      outcome.fate = .ok
      return
    }
    let isScript = process.hasPrefix("cell/")
    let isOver = outcome.exitCode != nil || isScript && outcome.fate == .ok
    guard isOver || isScript && outcome.fate == .failed, calls.knowsProcess(process) else { return }
    let end = CodexOutcome(outcome.fate, exitCode: outcome.exitCode)
    outcome = CodexOutcome(.ok, durationMs: output.durationMs)
    guard let owner = calls.finish(where: { $0.name == process }) else { return }
    finish(owner, end, into: &sink) { _ in }
  }

  /// A process has ended that its call had left running.
  private mutating func finish(
    _ id: String,
    _ outcome: CodexOutcome,
    into sink: inout ImportedEvents,
    _ body: (inout JSONWriter) -> Void
  ) {
    emit(result(id, outcome, body), id: "result/\(id)/exit", into: &sink)
  }

  private func result(
    _ id: String,
    _ outcome: CodexOutcome,
    _ body: (inout JSONWriter) -> Void
  ) -> Event {
    let fate = outcome.fate
    return Event.make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("is_error", fate != .ok && fate != .running)
      if fate == .denied { json.member("denied", true) }
      if fate == .cancelled { json.member("cancelled", true) }
      if fate == .running { json.member("running", true) }
      json.member("duration_ms", ifPresent: outcome.durationMs)
      json.member("exit_code", ifPresent: outcome.exitCode)
      body(&json)
    }
  }

  /// A call has come back.
  mutating func resolve(
    _ id: String,
    _ outcome: CodexOutcome,
    into sink: inout ImportedEvents,
    _ body: (inout JSONWriter) -> Void
  ) {
    if let call = calls.open[id], call.asks != nil, outcome.fate != .cancelled {
      let decision = Event.permissionDecision(id: id, isAllowed: outcome.fate != .denied)
      let ts = Self.answerTime(of: call, outcome, at: sink.line.ts)
      emit(decision.with(producer: .user), id: "result/\(id)/answered", ts: ts, into: &sink)
    }
    calls.end(id)
    _ = conversation.noteResult(of: id)
    emit(result(id, outcome, body), id: "result/" + id, into: &sink)
    // A result does not open a turn, but it is the last thing of one that is open.
    if conversation.turn != nil {
      conversation.step(outcome.fate == .denied ? .denied : .result, sink)
    }
  }

  /// When the person answered whom a call had asked.
  private static func answerTime(
    of call: CodexCalls.Call,
    _ outcome: CodexOutcome,
    at end: Timestamp?
  ) -> Timestamp? {
    guard call.asks == .approval, outcome.fate != .denied, let end else { return end }
    guard let own = outcome.durationMs else { return call.ts ?? end }
    let start = Timestamp(microseconds: end.microseconds - own * 1000)
    return max(call.ts ?? start, start)
  }

  // MARK: Ends

  /// The end of a command, a patch, or a call that the program itself has made.
  mutating func readEnd(
    _ line: CodexLine,
    _ end: JSONObject,
    id: String?,
    into sink: inout ImportedEvents
  ) {
    guard let id, end["source"]?.equals("user_shell") != true else {
      return keep(line, into: &sink)
    }
    let outcome = Self.outcome(of: end, line.payload)
    if calls.isKnown(id), calls.open[id] == nil {
      guard let owner = calls.finish(where: { $0.call == id }) else {
        return keep(line, into: &sink)
      }
      return finish(owner, outcome, into: &sink) { $0.raw("result", end.raw) }
    }
    if !calls.isKnown(id) { announce(id, line, end, took: outcome.durationMs, into: &sink) }
    resolve(id, outcome, into: &sink) { $0.raw("result", end.raw) }
  }

  /// The end of a call in a paginated log: under the call's id, or that of what a script called.
  mutating func readCompletedCall(
    _ line: CodexLine,
    _ item: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let id = item.text("id")
    let isCall = id.map { calls.isKnown($0) } ?? false
    if !isCall, item["source"]?.equals("user_shell") != true {
      let outcome = Self.outcome(of: item, line.payload)
      let code = outcome.exitCode ?? (outcome.fate == .failed ? 1 : 0)
      if calls.noteInScript(exitCode: code) { return keep(line, into: &sink) }
    }
    readEnd(line, item, id: id, into: &sink)
  }

  private static func outcome(of end: JSONObject, _ line: JSONObject) -> CodexOutcome {
    var fate = CodexToolOutput.Fate.ok
    let code = end["exit_code"]?.int
    if let code, code != 0 { fate = .failed }
    if end["success"]?.bool == false || end["status"]?.equals("failed") == true { fate = .failed }
    if let error = end["error"], error.string != "" { fate = .failed }
    if let result = end.object("result") {
      let answer = result.object("Ok") ?? result
      if result["Err"] != nil || answer.isTrue("isError") || answer.isTrue("is_error") {
        fate = .failed
      }
      if let words = result.text("Err") {
        let told = CodexToolOutput(text: words).fate
        if told == .denied || told == .cancelled { fate = told }
      }
    }
    if end["status"]?.equals("declined") == true { fate = .denied }
    return CodexOutcome(fate, exitCode: code, durationMs: took(end, line))
  }

  /// A duration in seconds and nanoseconds, or the time between two marks.
  private static func took(_ end: JSONObject, _ line: JSONObject) -> Int64? {
    if let seconds = end["duration"]?["secs"]?.count, seconds < 1_000_000_000,
      let nanos = end["duration"]?["nanos"]?.count
    {
      return seconds * 1000 + nanos / 1_000_000
    }
    guard let start = line.count("started_at_ms"), let stop = line.count("completed_at_ms"),
      start > 0, stop >= start
    else { return nil }
    return stop - start
  }
}
