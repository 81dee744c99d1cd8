internal import Events

extension ClaudeThread {
  mutating func readSystem(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    switch line.object.text("subtype") {
    case "turn_duration" where turn != nil:
      let status = turn?.step == .denied && turn?.ending == nil ? "cancelled" : "success"
      close(status, durationMs: line.object.count("durationMs"), into: &sink)
    case "stop_hook_summary":
      readStopHooks(line, into: &sink)
    case "compact_boundary", "microcompact_boundary":
      let event = Event.make(.compaction) { json in
        json.member("subtype", ifPresent: line.object.text("subtype"))
        for (key, name) in Self.compactionFacts {
          if let facts = line.object[name] { json.raw(key, facts.raw) }
        }
      }
      emit(event, id: line.id, ts: line.ts, session: line.session, into: &sink)
    case "api_error":
      let failure = line.object.object("error")
      let inner = failure?.object("error")
      let type =
        inner?.object("error")?.text("type") ?? inner?.text("type")
        ?? failure?.count("status").map { "http_\($0)" } ?? failure?.text("code")
      let event = Event.make(.retry) { json in
        json.member("type", ifPresent: type)
        json.member("delay_ms", ifPresent: line.object.count("retryInMs"))
        json.member("attempt", ifPresent: line.object.count("retryAttempt"))
        json.member("max_attempts", ifPresent: line.object.count("maxRetries"))
      }
      emit(event, id: line.id, ts: line.ts, session: line.session, into: &sink)
    default:
      keep(line, into: &sink)
    }
  }

  private static let compactionFacts: [(String, StaticString)] = [
    ("compact", "compactMetadata"), ("microcompact", "microcompactMetadata"),
  ]

  /// The hooks that ran when the model stopped; where they let it stop, the turn is over.
  private mutating func readStopHooks(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    var i = 0
    line.object["hookInfos"]?.forEachElement { hook in
      let event = Event.make(.span) { json in
        json.member("stage", "hook:Stop")
        json.member("duration_ms", ifPresent: hook["durationMs"]?.count)
        json.member("command", ifPresent: hook["command"]?.text)
      }
      emit(event, id: line.id + "/\(i)", ts: line.ts, session: line.session, into: &sink)
      i += 1
    }
    if i == 0 { keep(line, into: &sink) }
    let isOver = turn?.step == .words && !line.object.isTrue("preventedContinuation")
    if isOver, turn?.ending == nil {
      turn?.ending = ClaudeTurn.Ending(stopReason: nil, message: pending?.id)
    }
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
      return emit(span, id: line.id, ts: line.ts, session: line.session, into: &sink)
    }
    keep(line, into: &sink)
  }

  /// What a person typed while the agent was at work: a prompt within the turn.
  private mutating func readQueued(
    _ line: ClaudeLine,
    _ attachment: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let mode = attachment.text("commandMode") ?? "prompt"
    guard mode == "prompt", turn != nil, let prompt = attachment["prompt"] else {
      return keep(line, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(prompt.string == nil ? "content" : "text", prompt.raw)
    }
    emit(
      Event(EventKind(.input), payload: payload, producer: .user),
      id: line.id + "/input",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    turn?.ending = nil
  }
}
