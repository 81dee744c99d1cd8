internal import Events

extension ClaudeThread {
  mutating func readSystem(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    switch line.object.text("subtype") {
    case "turn_duration" where talk.turn != nil:
      endTimedTurn(line.object.count("durationMs"), into: &sink)
    case "stop_hook_summary":
      readStopHooks(line, into: &sink)
    case "compact_boundary", "microcompact_boundary":
      talk.compact(into: &sink) { json in
        json.member("subtype", ifPresent: line.object.text("subtype"))
        for (key, name) in Self.compactionFacts {
          if let facts = line.object[name] { json.raw(key, facts.raw) }
        }
      }
    case "api_error":
      talk.flushRequest(into: &sink)
      talk.emit(Self.retry(line.object), into: &sink)
    default:
      keep(line, into: &sink)
    }
  }

  private static let compactionFacts: [(String, StaticString)] = [
    ("compact", "compactMetadata"), ("microcompact", "microcompactMetadata"),
  ]

  /// The agent says how long it worked on a turn, which is over.
  private mutating func endTimedTurn(_ durationMs: Int64?, into sink: inout ImportedEvents) {
    releaseEarly(into: &sink)
    durations.noteTold()
    guard let turn = talk.turn else { return }
    let isRefused = turn.step == .denied && !turn.isDone
    let status = turn.hasFailed ? "error" : isRefused ? "cancelled" : "success"
    talk.close(status, durationMs: durationMs, into: &sink)
  }

  private static func retry(_ line: JSONObject) -> Event {
    let failure = line.object("error")
    let inner = failure?.object("error")
    let type =
      inner?.object("error")?.text("type") ?? inner?.text("type")
      ?? failure?.count("status").map { "http_\($0)" } ?? failure?.text("code")
    return Event.make(.retry) { json in
      json.member("type", ifPresent: type)
      json.member("delay_ms", ifPresent: line.count("retryInMs"))
      json.member("attempt", ifPresent: line.count("retryAttempt"))
      json.member("max_attempts", ifPresent: line.count("maxRetries"))
    }
  }

  /// The hooks that ran when the model stopped; where they let it stop, the turn is over.
  private mutating func readStopHooks(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    let message = talk.pending?.id
    talk.flushRequest(into: &sink)
    var place = 0
    line.object["hookInfos"]?.forEachElement { hook in
      let event = Event.make(.span) { json in
        json.member("stage", "hook:Stop")
        json.member("duration_ms", ifPresent: hook["durationMs"]?.count)
        json.member("command", ifPresent: hook["command"]?.text)
      }
      talk.emit(event, "\(place)", into: &sink)
      place += 1
    }
    if place == 0 { keepInTurn(line, into: &sink) }
    guard let turn = talk.turn, turn.step == .words, !turn.isDone,
      !line.object.isTrue("preventedContinuation")
    else { return }
    talk.done(turn.stopReason, message: message)
  }

  mutating func readAttachment(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let attachment = line.object.object("attachment"),
      let type = attachment.text("type")
    else { return keep(line, into: &sink) }
    if type == "queued_command" {
      return readQueued(line, attachment, into: &sink)
    }
    // What stop hooks took is in their summary, which names all of them.
    let event = attachment.text("hookEvent") ?? ""
    if type.hasPrefix("hook_"), let duration = attachment.count("durationMs"), event != "Stop",
      event != "SubagentStop"
    {
      let span = Event.make(.span) { json in
        json.member("stage", "hook:" + (event.isEmpty ? "(unnamed)" : event))
        json.member("duration_ms", duration)
        json.raw("hook", attachment.raw)
      }
      talk.flushRequest(into: &sink)
      return talk.emit(span, into: &sink)
    }
    keep(line, into: &sink)
  }

  /// A title, or a name that a person gave: the person's stays.
  mutating func readTitle(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    let own = line.object.text("customTitle") ?? line.object.text("agentName")
    let isOwn = line.type != "ai-title" && line.type != "summary"
    // A summary at the head of a file is that of another session, which led to this one.
    let summary = talk.turn == nil ? nil : line.object.text("summary")
    let found = own ?? line.object.text("aiTitle") ?? summary
    guard let found, isOwn || !hasOwnTitle else { return keep(line, into: &sink) }
    if isOwn { hasOwnTitle = true }
    talk.tell(RunFacts(title: found), "title", into: &sink)
  }

  /// What the agent itself counts a session to have cost, hidden requests included.
  mutating func readCost(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard !line.object.isTrue("hasUnknownModelCost"), let cost = line.object["totalCostUSD"]?.money
    else { return keepInTurn(line, into: &sink) }
    let payload = Payload.object { json in
      json.money("usd", cost)
      json.member("source", "cost-state")
      if let models = line.object["modelUsage"] { json.raw("models", models.raw) }
    }
    talk.flushRequest(into: &sink)
    talk.emit(Event("agent.cost", payload: payload, producer: .system), into: &sink)
  }
}
