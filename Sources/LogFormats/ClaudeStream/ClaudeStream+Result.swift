internal import Events

extension ClaudeStreamImporter {
  /// Whether a result tells of no turn: one that comes before anybody asked for anything.
  static func isEmpty(result frame: JSONObject) -> Bool {
    let usage = frame.object("usage").map { TokenCounts(claude: $0) } ?? TokenCounts()
    return usage.isZero && (frame.count("num_turns") ?? 1) == 0 && !frame.isTrue("is_error")
  }

  /// A `result` ends the turn, and the run if nothing follows.
  mutating func finish(
    _ session: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    for key in memory.order where key == session || key.hasPrefix(session + "/") {
      memory.threads[key]?.talk.flushRequest(into: &sink)
    }
    let frame = line.object
    let subtype = frame.text("subtype") ?? "success"
    let hasFailed = frame.isTrue("is_error") || subtype.hasPrefix("error")
    let reason = frame.text("terminal_reason") ?? ""
    let turn = memory.threads[session]?.talk.turn
    let isCancelled =
      reason.hasPrefix("aborted") || reason.contains("interrupt")
      || hasFailed && turn?.step == .denied && reason.isEmpty
    let isTurn = turn != nil || !Self.isEmpty(result: frame)
    let end = endTime(session, line)
    let growth = takeTotals(session, line, &sink)
    let beginning = takeStart(session)
    withThread(session, line, into: &sink) { thread, sink in
      if isTurn, let beginning { thread.open(by: beginning, into: &sink) }
      guard isTurn else { return thread.keepInTurn(line, into: &sink) }
      thread.finish(
        line,
        isCancelled ? .cancelled : hasFailed ? .error(Self.failure(frame, subtype)) : .success,
        growth,
        at: end,
        into: &sink
      )
    }
    memory.endings[session] = Ending(
      isFailure: hasFailed && !isCancelled,
      reason: hasFailed && !isCancelled ? Self.failure(frame, subtype) : nil,
      id: line.id + "/run.ended",
      ts: end
    )
  }

  /// When the turn ended: where no frame has its prompt, it is as long as its result says.
  private func endTime(_ session: String, _ line: ClaudeLine) -> Timestamp? {
    guard let known = memory.sessions[session], let start = known.start, !known.hasPrompt,
      let duration = line.object.count("duration_ms"), duration < 100_000_000_000
    else { return line.ts }
    let end = Timestamp(microseconds: start.microseconds + duration * 1000)
    return line.ts.map { max($0, end) } ?? end
  }

  /// What a turn took beyond its sub-agents; `nil` where another run was billed for a part of it.
  private mutating func takeTotals(
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) -> ClaudeStreamTotals.Growth? {
    let frame = line.object
    var known = memory.sessions[session] ?? ClaudeStreamSession()
    let now = ClaudeStreamTotals(result: frame)
    let usage = frame.object("usage").map { TokenCounts(claude: $0) } ?? TokenCounts()
    let model = memory.threads[session]?.talk.facts.model ?? "(unknown)"
    let fact = "claude-stream/totals/" + session
    var growth = ClaudeStreamTotals.Growth()
    if now.models.isEmpty, usage.isZero {
      // A request that failed before anything was counted.
      growth.cost = now.cost == nil ? nil : 0
    } else {
      let process = memory.process.flatMap { $0.session == session ? nil : $0.totals }
      growth = known.growth(
        to: now,
        since: sink.facts[fact].flatMap { ClaudeStreamTotals($0) },
        process: process,
        usage: usage,
        model: model,
        durationMs: frame.count("duration_ms") ?? 0
      )
      if now.models.isEmpty { growth.models = [model: usage] }
      sink.facts[fact] = now.text
      memory.process = ProcessTotals(session: session, totals: now)
    }
    let hasForeign = known.hasForeign
    if !hasForeign, !growth.models.isEmpty { known.responses.forEach { sink.settle(response: $0) } }
    known.responses = []
    known.hasForeign = false
    known.agents = [:]
    known.start = nil
    known.hasResult = true
    memory.sessions[session] = known
    return hasForeign ? nil : growth
  }

  /// The class of a failure.
  static func failure(_ frame: JSONObject, _ subtype: String) -> String {
    if subtype.hasPrefix("error") { return subtype }
    return frame.count("api_error_status").map { "http_\($0)" }
      ?? frame.text("terminal_reason") ?? "error"
  }
}

extension ClaudeThread {
  enum StreamEnd {
    case success, cancelled
    case error(String)
  }

  /// The result of a turn, whose totals replace what its frames said.
  fileprivate mutating func finish(
    _ line: ClaudeLine,
    _ how: StreamEnd,
    _ growth: ClaudeStreamTotals.Growth?,
    at end: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let frame = line.object
    releaseEarly(into: &sink)
    var status = "success"
    switch how {
    case .success: break
    case .cancelled:
      status = "cancelled"
      talk.openCalls.forEach { call in
        let event = Event.toolResult(id: call, isCancelled: true)
        talk.emit(event, "cancelled/" + call, into: &sink)
      }
    case .error(let type):
      status = "error"
      var messages: [String] = []
      frame["errors"]?.forEachElement { if let text = $0.text { messages.append(text) } }
      let text = messages.isEmpty ? frame.text("result") : messages.joined(separator: "\n")
      talk.emit(.error(type: type, message: text), "error", into: &sink)
    }
    let turnID = talk.turn?.id
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: turnID)
      json.member("status", status)
      if status == "success" { json.member("stop_reason", ifPresent: frame.text("stop_reason")) }
      // That a person stopped it is not an abnormal end.
      if status != "cancelled" {
        json.member("terminal_reason", ifPresent: frame.text("terminal_reason"))
      }
      json.member("duration_ms", ifPresent: frame.count("duration_ms"))
      if let cost = growth?.cost { json.money("cost_usd", cost) }
      if let models = growth?.models, !models.isEmpty {
        TokenCounts.write(models, as: "by_model", to: &json)
      }
      json.raw("reported", frame.raw)
    }
    talk.emit(event.with(ts: end, id: line.id), into: &sink)
    talk.turn = nil
    talk.forgetCalls()
  }
}
