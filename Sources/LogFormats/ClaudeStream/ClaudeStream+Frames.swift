internal import Events

extension ClaudeThread {
  /// Reads a frame in which somebody speaks.
  mutating func read(frame line: ClaudeLine, into sink: inout ImportedEvents) {
    guard line.type == "user", role == .main, let content = line.message?["content"] else {
      return read(line, into: &sink)
    }
    let parts = ClaudeUserParts(content)
    let isPrompt = parts.results.isEmpty && parts.kind(of: line.object) == .prompt
    guard isPrompt, !line.object.isTrue("isSynthetic"), let turn = talk.turn else {
      return read(line, into: &sink)
    }
    // The prompt that the turn has begun for, or one that was sent in the middle of it.
    if turn.step == .prompt { talk.notePrompt(parts.words, into: &sink) }
    talk.steer(parts.payload(content), into: &sink)
  }

  /// Reads the frame that says what the agent can use, with which a turn begins.
  mutating func readInit(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if let model = line.object.text("model").map(ClaudeStreamTotals.plain) {
      talk.tell(RunFacts(model: model), "model", into: &sink)
    }
    // The process before it may have died in the middle of a turn.
    if let turn = talk.turn, turn.step != .prompt { talk.endTurn(into: &sink) }
    talk.emit(line.event(talk.format), "init", into: &sink)
  }

  /// Opens the turn that a frame before has announced, unless it is open.
  ///
  /// Where the first answer has opened it, the answer's time says nothing of how long it took.
  mutating func open(by beginning: String, into sink: inout ImportedEvents) {
    let event = Event.turnStart(id: beginning).with(id: beginning + "/turn.start")
    if talk.turn == nil {
      talk.emit(event, into: &sink)
      let (ts, session) = (sink.line.ts, sink.line.session)
      talk.turn = ConversationTurn(id: beginning, anchor: beginning, ts: ts, session: session)
    } else if talk.turn?.id == nil {
      talk.emit(event, into: &sink)
      talk.turn?.id = beginning
    }
  }

  /// A limit was reached, or is near.
  mutating func readLimit(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let info = line.object.object("rate_limit_info"),
      info["status"]?.equals("rejected") == true
    else { return keepInTurn(line, into: &sink) }
    let resetsAt = info.count("resetsAt").flatMap { seconds in
      seconds < 253_402_300_800 ? Timestamp(microseconds: seconds * 1_000_000) : nil
    }
    talk.emit(.rateLimit(resetsAt: resetsAt), into: &sink)
  }
}

extension ClaudeStreamImporter {
  // MARK: Requests

  /// Notes what a frame says of its request, for the totals of the turn.
  mutating func note(
    _ line: ClaudeLine,
    thread key: String,
    session: String,
    _ sink: ImportedEvents
  ) {
    guard let request = ModelRequest(claude: line), request.model != "<synthetic>",
      let response = request.key
    else { return }
    let run = memory.threads[key]?.run ?? Conversation.run("claude-stream", key)
    let biller = sink.biller(ofResponse: response)
    memory.sessions[session, default: ClaudeStreamSession()].note(
      request,
      isAgent: key != session,
      isForeign: biller != nil && biller != run
    )
  }

  /// The counts of a message, which its streamed parts know before its frames do.
  mutating func stream(
    _ event: JSONObject,
    _ key: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    if event["type"]?.equals("message_start") == true, let message = event.object("message"),
      let id = message.text("id")
    {
      var request = ModelRequest(key: "claude-code/" + id, id: id)
      request.model = message.text("model")
      request.counts = message.object("usage").map { TokenCounts(claude: $0) } ?? TokenCounts()
      request.isPartial = true
      memory.streaming[key] = request
    }
    guard event["type"]?.equals("message_delta") == true, let usage = event.object("usage"),
      var request = memory.streaming[key], let pending = memory.threads[key]?.talk.pending,
      pending.id == request.id
    else { return }
    let told = TokenCounts(claude: usage)
    request = pending
    if told.input > 0 { request.counts.input = told.input }
    if told.cacheRead > 0 { request.counts.cacheRead = told.cacheRead }
    if told.cacheWrite > 0 { request.counts.cacheWrite = told.cacheWrite }
    request.counts.output = told.output
    request.stopReason = event.object("delta")?.text("stop_reason")
    request.isFinal = true
    request.isPartial = false
    withThread(key, line, into: &sink) { $0.talk.count(request, into: &$1) }
  }

  // MARK: Time

  /// The frame that announced the turn which is not open yet.
  mutating func takeStart(_ session: String) -> String? {
    defer { memory.sessions[session]?.beginning = nil }
    return memory.sessions[session]?.beginning
  }

  /// Notes when a turn began, where its prompt tells, else when it was first answered.
  mutating func noteStart(of line: ClaudeLine, _ key: String, _ session: String) {
    guard key == session, memory.threads[key]?.talk.turn != nil else { return }
    if memory.sessions[session]?.start == nil {
      memory.sessions[session, default: ClaudeStreamSession()].start = line.ts
      memory.sessions[session]?.hasPrompt = line.type == "user"
    }
  }

  // MARK: System frames

  mutating func readSystem(
    _ session: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let frame = line.object
    switch frame.text("subtype") {
    case "init":
      memory.endings[session] = nil
      withThread(session, line, into: &sink) { $0.readInit(line, into: &$1) }
      var known = memory.sessions[session] ?? ClaudeStreamSession()
      known.version = frame.text("claude_code_version") ?? known.version
      if memory.threads[session]?.talk.turn == nil { known.beginning = line.id }
      memory.sessions[session] = known
    case "api_retry":
      let event = Self.retry(frame)
      withThread(session, line, into: &sink) { $0.talk.emit(event, into: &$1) }
    case "compact_boundary":
      withThread(Self.key(session, line), line, into: &sink) { thread, sink in
        thread.talk.compact(into: &sink) { json in
          if let facts = frame["compact_metadata"] { json.raw("compact", facts.raw) }
        }
      }
    case "task_notification":
      withThread(session, line, into: &sink) { $0.keepInTurn(line, into: &$1) }
      readNews(session, line, into: &sink)
    default:
      withThread(session, line, into: &sink) { $0.keepInTurn(line, into: &$1) }
    }
  }

  private static func retry(_ frame: JSONObject) -> Event {
    Event.make(.retry) { json in
      let status = frame.count("error_status").map { "http_\($0)" }
      json.member("type", ifPresent: frame.text("error") ?? status)
      json.member("delay_ms", ifPresent: frame.count("retry_delay_ms"))
      json.member("attempt", ifPresent: frame.count("attempt"))
      json.member("max_attempts", ifPresent: frame.count("max_retries"))
    }
  }

  // MARK: Sub-agents

  /// A task that went on behind its call has ended.
  private mutating func readNews(
    _ session: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    guard let call = line.object.text("tool_use_id"),
      let kind = ClaudeNotification.kind(of: line.object.text("status") ?? "")
    else { return }
    for key in memory.order where memory.threads[key]?.leftRunning.contains(call) == true {
      memory.threads[key]?.settle(call, kind, into: &sink)
    }
    endAgent(session, call, isSuccess: kind == .success, line, into: &sink)
  }

  /// The result of a call that ran a sub-agent is the end of that sub-agent.
  mutating func endAgents(
    _ session: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let result = line.object.object("tool_use_result")
    if result?.isTrue("isAsync") == true || result?["status"]?.equals("async_launched") == true {
      return
    }
    line.message?["content"]?.forEachElement { block in
      guard block["type"]?.equals("tool_result") == true, let call = block["tool_use_id"]?.text
      else { return }
      let isSuccess = block["is_error"]?.bool != true
      endAgent(session, call, isSuccess: isSuccess, line, into: &sink)
    }
  }

  private mutating func endAgent(
    _ session: String,
    _ call: String,
    isSuccess: Bool,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let key = session + "/agent-" + call
    guard memory.threads[key]?.talk.turn != nil else { return }
    memory.threads[key]?.releaseEarly(into: &sink)
    let status = isSuccess ? "success" : "error"
    memory.threads[key]?.talk.close(status, at: line.ts, into: &sink)
    let event = Event.runEnded(isSuccess ? .stop : .fail, by: "agent")
      .with(producer: .system, id: "run.ended/" + line.id)
    memory.threads[key]?.talk.emit(event, into: &sink)
  }
}
