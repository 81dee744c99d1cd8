internal import Events

extension CodexThread {
  /// Reads a line of the thread.
  mutating func read(_ line: CodexLine, into sink: inout ImportedEvents) {
    begin(line, into: &sink)
    start(into: &sink)
    if line.type == "session_meta" { return resume(line, into: &sink) }
    hasBody = true
    // From then on prompts are told by the items of the conversation, and by no events.
    if line.object["ordinal"] != nil { hasUserMessages = false }
    if candidate != nil, line.kind != "user_message" { flushCandidate(into: &sink) }
    switch line.type {
    case "event_msg": readEvent(line, into: &sink)
    case "response_item": readItem(line, into: &sink)
    case "turn_context": readContext(line, into: &sink)
    case "compacted": readCompacted(line, into: &sink)
    case "token_usage_record": readRecord(line.payload, into: &sink)
    case "record": break
    default: keep(line, into: &sink)
    }
  }

  /// Tells of the run with its first line.
  private mutating func start(into sink: inout ImportedEvents) {
    guard !conversation.isStarted else { return }
    // The first telling may be in the store already, from a copy that knew less.
    if names.style == .copied, !isCopy { conversation.tell(RunFacts(agent: "codex"), into: &sink) }
    conversation.tell(facts.run, into: &sink)
  }

  /// The header says more than once that the thread goes on.
  private mutating func resume(_ line: CodexLine, into sink: inout ImportedEvents) {
    if candidate != nil { flushCandidate(into: &sink) }
    conversation.beforeOtherLine(into: &sink)
    let version = line.payload.text("cli_version")
    if version != facts.version {
      // Another version of the program writes other lines.
      hasUserMessages = false
      facts.version = version
      var told = RunFacts()
      told.version = version
      conversation.tell(told, into: &sink)
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
      if !pairs.isTold(CodexPairs.thought(words), as: .event) { think(words, into: &sink) }
    case "exec_command_end", "patch_apply_end", "mcp_tool_call_end", "dynamic_tool_call_response":
      readEnd(line, line.payload, id: line.payload.text("call_id"), into: &sink)
    case "item_completed": readCompleted(line, into: &sink)
    case "web_search_end": readHosted(line, "web_search", as: .event, into: &sink)
    case "image_generation_end": readHosted(line, "image_generation", as: .event, into: &sink)
    case "context_compacted": compact(line, as: .event, into: &sink)
    case "error": fail(CodexError(line.payload), into: &sink)
    case "stream_error": emit(CodexError(line.payload).event(.retry), into: &sink)
    case "thread_name_updated": rename(line, into: &sink)
    case "thread_settings_applied":
      if let settings = line.payload.object("thread_settings") { apply(settings, into: &sink) }
      keep(line, into: &sink)
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
    if line.payload["role"]?.equals("assistant") == true {
      let words = Self.words(of: line.payload)
      if !pairs.isTold(CodexPairs.text(words), as: .item) { say(words, line, into: &sink) }
      return
    }
    // What is said to the agent is not the model's own: a turn that is done was over before.
    conversation.beforeOtherLine(into: &sink)
    if !hasUserMessages, let found = CodexPrompt(item: line, name: sink.line.id) {
      candidate = found
      // Logs without times are older than the events.
      if line.ts == nil { flushCandidate(into: &sink) }
    } else {
      keep(line, into: &sink)
    }
  }

  private static func words(of message: JSONObject) -> String {
    var words = message["content"]?.string ?? ""
    message["content"]?.forEachElement { words += $0["text"]?.string ?? "" }
    return words
  }

  private mutating func readReasoning(_ line: CodexLine, into sink: inout ImportedEvents) {
    var thoughts: [String] = []
    line.payload["summary"]?.forEachElement { thoughts.append($0["text"]?.string ?? "") }
    if let words = line.payload["content"]?.text { thoughts.append(words) }
    line.payload["content"]?.forEachElement { thoughts.append($0["text"]?.string ?? "") }
    // Without any words it still shows that the model was thinking.
    guard !thoughts.isEmpty else {
      return conversation.turn == nil ? keep(line, into: &sink) : think(nil, into: &sink)
    }
    for (i, words) in thoughts.enumerated()
    where !pairs.isTold(CodexPairs.thought(words), as: .item) {
      think(words, part: i == 0 ? nil : "\(i)", into: &sink)
    }
  }

  private mutating func say(_ words: String, _ line: CodexLine, into sink: inout ImportedEvents) {
    conversation.step(.words, sink)
    changeNotes { $0.hasText = true }
    let event = Event.make(.text) { json in
      json.member("text", words)
      json.member("phase", ifPresent: line.payload.text("phase"))
    }
    emit(event, into: &sink)
  }

  private mutating func think(
    _ words: String?,
    part: String? = nil,
    into sink: inout ImportedEvents
  ) {
    // In some versions a thought is logged behind the count of tokens of its own request.
    let wasDone = conversation.turn?.isDone == true
    conversation.step(wasDone ? .words : .result, sink)
    if wasDone { conversation.done(nil) }
    conversation.emit(.thought(words), part, into: &sink)
  }

  // MARK: Items of a paginated log

  /// A step of a turn that is complete, in logs that tell of those instead of what began and ended.
  private mutating func readCompleted(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let item = line.payload.object("item") else { return keep(line, into: &sink) }
    switch item.text("type") ?? "" {
    case "UserMessage":
      guard let found = CodexPrompt(completed: item, line, name: sink.line.id),
        !pairs.isTold(found.key, as: .event)
      else { return }
      prompt(found, into: &sink)
      pairs.note(found.key, as: .event)
    case "AgentMessage":
      let words = Self.words(of: item)
      if !pairs.isTold(CodexPairs.text(words), as: .event) { say(words, line, into: &sink) }
    case "CommandExecution", "FileChange", "McpToolCall", "DynamicToolCall":
      readCompletedCall(line, item, into: &sink)
    default:
      keep(line, into: &sink)
    }
  }

  // MARK: Compactions and names

  private mutating func readCompacted(_ line: CodexLine, into sink: inout ImportedEvents) {
    compact(line, as: .item, into: &sink)
    // The request that made the summary, if its own line is not there.
    if let record = line.payload.object("latest_token_usage_record") {
      readRecord(record, into: &sink)
    }
  }

  private mutating func compact(
    _ line: CodexLine,
    as form: CodexPairs.Form,
    into sink: inout ImportedEvents
  ) {
    if pairs.isTold("compaction", as: form) { return }
    let event = Event(EventKind(.compaction), payload: Payload(unchecked: Array(line.payload.raw)))
    emit(event, into: &sink)
  }

  private mutating func rename(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let title = line.payload.text("thread_name") else { return }
    conversation.tell(RunFacts(title: title), into: &sink)
  }
}
