internal import Events

extension ClaudeThread {
  /// Hands over the one event that a frame is.
  mutating func emit(_ event: Event, of line: ClaudeLine, into sink: inout ImportedEvents) {
    emit(event, id: line.id, ts: line.ts, session: line.session, into: &sink)
  }

  /// Reads a user frame; the prompt that a turn has begun for does not begin another.
  mutating func readFrame(user line: ClaudeLine, into sink: inout ImportedEvents) {
    let content = line.object.object("message")?["content"]
    var isResult = false
    content?.forEachElement { if $0["type"]?.equals("tool_result") == true { isResult = true } }
    guard let content, !isResult, turn?.step == .prompt, !line.object.isTrue("isSynthetic") else {
      return readUser(line, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(content.stringBody == nil ? "content" : "text", content.raw)
    }
    let input = Event(EventKind(.input), payload: payload, producer: .user)
    emit(input, id: line.id + "/input", ts: line.ts, session: line.session, into: &sink)
  }

  /// A limit was reached, or is near.
  mutating func readLimit(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let info = line.object.object("rate_limit_info"),
      info["status"]?.equals("rejected") == true
    else { return emit(line.frameEvent, of: line, into: &sink) }
    let resetsAt = info.count("resetsAt").flatMap { seconds in
      seconds < 253_402_300_800 ? Timestamp(microseconds: seconds * 1_000_000) : nil
    }
    emit(.rateLimit(resetsAt: resetsAt), of: line, into: &sink)
  }
}

extension ClaudeStreamImporter {
  /// The counts of a message, which its streamed parts know before its frames do.
  mutating func stream(
    _ event: JSONObject,
    _ key: String,
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) {
    if event["type"]?.equals("message_start") == true {
      streaming[key] = event.object("message")?.text("id")
    }
    guard event["type"]?.equals("message_delta") == true, let usage = event.object("usage"),
      let id = streaming[key]
    else { return }
    withThread(key, session, line, &sink) { thread, _ in
      guard var message = thread.pending, message.id == id else { return }
      let counts = ClaudeCounts(
        input: usage.count("input_tokens") ?? 0,
        output: usage.count("output_tokens") ?? 0,
        cacheRead: usage.count("cache_read_input_tokens") ?? 0,
        cacheWrite: usage.count("cache_creation_input_tokens") ?? 0
      )
      message.counts = message.counts.merged(with: counts)
      message.stopReason = event.object("delta")?.text("stop_reason") ?? message.stopReason
      thread.pending = message
    }
  }

  mutating func readSystem(
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) {
    let frame = line.object
    switch frame.text("subtype") {
    case "status", "hook_started", "hook_progress":
      return
    case "init":
      ending = nil
      withThread(session, session, line, &sink) { thread, sink in
        thread.begin(line, into: &sink)
      }
    case "api_retry":
      let event = Event.make(.retry) { json in
        json.member(
          "type",
          ifPresent: frame.text("error") ?? frame.count("error_status").map { "http_\($0)" }
        )
        json.member("delay_ms", ifPresent: frame.count("retry_delay_ms"))
        json.member("attempt", ifPresent: frame.count("attempt"))
        json.member("max_attempts", ifPresent: frame.count("max_retries"))
      }
      withThread(session, session, line, &sink) { $0.emit(event, of: line, into: &$1) }
    case "compact_boundary":
      let event = Event.make(.compaction) { json in
        if let facts = frame["compact_metadata"] { json.raw("compact", facts.raw) }
      }
      withThread(Self.key(session, line), session, line, &sink) {
        $0.emit(event, of: line, into: &$1)
      }
    case "task_notification":
      withThread(session, session, line, &sink) { $0.emit(line.frameEvent, of: line, into: &$1) }
      if let call = frame.text("tool_use_id"), let status = frame.text("status") {
        endAgent(session, call, isSuccess: status == "completed", line, &sink)
      }
    default:
      withThread(session, session, line, &sink) { $0.emit(line.frameEvent, of: line, into: &$1) }
    }
  }

  /// The result of a call that ran a sub-agent is the end of that sub-agent.
  mutating func endAgents(
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) {
    let result = line.object.object("tool_use_result")
    if result?.isTrue("isAsync") == true || result?["status"]?.equals("async_launched") == true {
      return
    }
    line.object.object("message")?["content"]?.forEachElement { block in
      guard block["type"]?.equals("tool_result") == true, let call = block["tool_use_id"]?.text
      else { return }
      endAgent(session, call, isSuccess: block["is_error"]?.bool != true, line, &sink)
    }
  }

  private mutating func endAgent(
    _ session: String,
    _ call: String,
    isSuccess: Bool,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) {
    let key = session + "/agent-" + call
    guard threads[key] != nil else { return }
    threads[key]?.close(isSuccess ? "success" : "error", at: line.ts, into: &sink)
    let event = Event.runEnded(isSuccess ? .stop : .fail, by: "agent").with(producer: .system)
    threads[key]?.emit(event, id: "run.ended/" + line.id, ts: line.ts, into: &sink)
  }
}

extension ClaudeThread {
  /// A turn begins with the frame that says what the agent has at hand.
  fileprivate mutating func begin(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if let model = line.object.text("model"), model != self.model {
      self.model = model
      emit(
        .runStarted(model: model),
        id: line.id + "/model",
        ts: line.ts,
        session: line.session,
        into: &sink
      )
    }
    emit(line.frameEvent, id: line.id + "/init", ts: line.ts, session: line.session, into: &sink)
    guard turn == nil else { return }
    emit(
      .turnStart(id: line.id),
      id: line.id + "/turn.start",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    turn = ClaudeTurn(id: line.id, anchor: line.id, lastTS: line.ts, session: line.session)
  }
}
