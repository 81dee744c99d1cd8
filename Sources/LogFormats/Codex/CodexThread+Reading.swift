internal import Events

extension CodexThread {
  /// Reads a line of the thread.
  mutating func read(_ line: CodexLine, into sink: inout ImportedEvents) {
    lineName = nil
    start(line, into: &sink)
    if isForeignHeader(line) {
      // Forks of old versions don't say that they are, but have their parent's header too.
      let ancestor = line.payload.text("id") ?? ""
      fork = CodexFork(ancestors: [ancestor], createdMs: facts.createdMs, ts: line.ts)
      return
    }
    if readCopied(line, into: &sink) { return }
    if candidate != nil && line.kind != "user_message" { flushCandidate(into: &sink) }
    switch line.type {
    case "event_msg": readEvent(line, into: &sink)
    case "response_item": readItem(line, into: &sink)
    case "turn_context": readContext(line, into: &sink)
    case "compacted": compact(line, as: .item, into: &sink)
    case "record": break
    default: keep(line, into: &sink)
    }
  }

  private func isForeignHeader(_ line: CodexLine) -> Bool {
    guard line.type == "session_meta", fork == nil, turn == nil, total == nil, !isFork,
      let other = line.payload.text("id")
    else { return false }
    return other != id
  }

  /// Tells of the run with its first line.
  private mutating func start(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard !isStarted else { return }
    isStarted = true
    let meta = line.type == "session_meta" ? line.payload : nil
    let event = Event.make(.runStarted) { json in
      json.member("agent", "codex")
      json.member("project", ifPresent: meta?.text("cwd"))
      json.member("parent_run", ifPresent: facts.parent.map { Self.run($0) })
      json.member("forked_from", ifPresent: facts.forkedFrom.map { Self.run($0) })
      json.member("version", ifPresent: meta?.text("cli_version"))
      json.member("originator", ifPresent: meta?.text("originator"))
      if let source = meta?["source"] { json.raw("source", source.raw) }
      json.member("git_branch", ifPresent: (meta?["git"]?["branch"])?.text)
    }
    emit(event, id: "run.started", ts: line.ts, into: &sink)
    hasProject = meta?.text("cwd") != nil
  }

  /// What a turn runs with: the model, which may change, and for old logs the project.
  private mutating func readContext(_ line: CodexLine, into sink: inout ImportedEvents) {
    model = line.payload.text("model") ?? model
    let project = hasProject ? nil : line.payload.text("cwd")
    if (model != nil && model != toldModel) || project != nil {
      emit(
        .runStarted(model: model, project: project),
        id: name(line) + "/model",
        ts: line.ts,
        into: &sink
      )
      toldModel = model
      hasProject = hasProject || project != nil
    }
    keep(line, into: &sink)
  }

  private mutating func readEvent(_ line: CodexLine, into sink: inout ImportedEvents) {
    switch line.kind {
    case "task_started", "turn_started": startTask(line, into: &sink)
    case "task_complete", "turn_complete": completeTask(line, into: &sink)
    case "turn_aborted": abort(line, into: &sink)
    case "token_count": readTokenCount(line, into: &sink)
    case "user_message": readUserMessage(line, into: &sink)
    case "agent_message":
      let words = line.payload["message"]?.string ?? ""
      if !pairs.isTold(CodexPairs.text(words), as: .event) { say(words, line, into: &sink) }
    case "agent_reasoning", "agent_reasoning_raw_content":
      let words = line.payload["text"]?.string ?? ""
      if !pairs.isTold(CodexPairs.thought(words), as: .event) { think(words, line, into: &sink) }
    case "exec_command_end", "patch_apply_end", "mcp_tool_call_end", "dynamic_tool_call_response":
      readEnd(line, into: &sink)
    case "web_search_end": readHosted(line, "web_search", as: .event, into: &sink)
    case "image_generation_end": readHosted(line, "image_generation", as: .event, into: &sink)
    case "context_compacted": compact(line, as: .event, into: &sink)
    case "error": fail(CodexError(line.payload), line, into: &sink)
    case "stream_error":
      let retry = CodexError(line.payload).event(.retry)
      emit(retry, id: name(line), ts: line.ts, into: &sink)
    case "thread_name_updated": rename(line, into: &sink)
    default: keep(line, into: &sink)
    }
  }

  private mutating func readItem(_ line: CodexLine, into sink: inout ImportedEvents) {
    switch line.kind {
    case "message": readMessage(line, into: &sink)
    case "reasoning": readReasoning(line, into: &sink)
    case "function_call", "custom_tool_call", "local_shell_call", "tool_search_call":
      readCall(line, into: &sink)
    case "function_call_output", "custom_tool_call_output", "tool_search_output":
      readOutput(line, into: &sink)
    case "web_search_call": readHosted(line, "web_search", as: .item, into: &sink)
    case "image_generation_call": readHosted(line, "image_generation", as: .item, into: &sink)
    default: keep(line, into: &sink)
    }
  }

  private mutating func readMessage(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard line.payload["role"]?.equals("assistant") == true else {
      if !hasUserMessages, let found = CodexPrompt(item: line, name: name(line)) {
        candidate = found
        // Logs without times are older than the events.
        if line.ts == nil { flushCandidate(into: &sink) }
      } else {
        keep(line, into: &sink)
      }
      return
    }
    var words = line.payload["content"]?.string ?? ""
    line.payload["content"]?.forEachElement { words += $0["text"]?.string ?? "" }
    if !pairs.isTold(CodexPairs.text(words), as: .item) { say(words, line, into: &sink) }
  }

  private mutating func readReasoning(_ line: CodexLine, into sink: inout ImportedEvents) {
    var thoughts: [String] = []
    line.payload["summary"]?.forEachElement { thoughts.append($0["text"]?.string ?? "") }
    if let words = line.payload["content"]?.text { thoughts.append(words) }
    line.payload["content"]?.forEachElement { thoughts.append($0["text"]?.string ?? "") }
    // Without any words it still shows that the model was thinking.
    guard !thoughts.isEmpty else {
      return turn == nil ? keep(line, into: &sink) : think(nil, line, into: &sink)
    }
    for (i, words) in thoughts.enumerated()
    where !pairs.isTold(CodexPairs.thought(words), as: .item) {
      think(words, line, part: i, into: &sink)
    }
  }

  private mutating func say(_ words: String, _ line: CodexLine, into sink: inout ImportedEvents) {
    step(.words, line)
    turn?.hasText = true
    let event = Event.make(.text) { json in
      json.member("text", words)
      json.member("phase", ifPresent: line.payload.text("phase"))
    }
    emit(event, id: name(line), ts: line.ts, into: &sink)
  }

  private mutating func think(
    _ words: String?,
    _ line: CodexLine,
    part: Int = 0,
    into sink: inout ImportedEvents
  ) {
    // In some versions a thought is logged behind the count of tokens of its own request.
    let isAnswered = turn?.isAnswered == true
    step(isAnswered ? .words : .result, line)
    turn?.isAnswered = isAnswered
    let id = part == 0 ? name(line) : name(line) + "/\(part)"
    emit(.thought(words), id: id, ts: line.ts, into: &sink)
  }

  private mutating func compact(
    _ line: CodexLine,
    as form: CodexPairs.Form,
    into sink: inout ImportedEvents
  ) {
    if pairs.isTold("compaction", as: form) { return }
    let event = Event(EventKind(.compaction), payload: Payload(unchecked: Array(line.payload.raw)))
    emit(event, id: name(line), ts: line.ts, into: &sink)
  }

  private mutating func rename(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let title = line.payload.text("thread_name"), title != self.title else { return }
    self.title = title
    emit(.runStarted(title: title), id: name(line), ts: line.ts, into: &sink)
  }
}
