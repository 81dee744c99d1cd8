internal import Events

extension ClaudeThread {
  /// Tells of the run with its first line, and of its place with the first line that has one.
  mutating func start(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    let project = hasProject ? nil : line.object.text("cwd")
    guard !isStarted || project != nil else { return }
    let event = Event.make(.runStarted) { json in
      json.member("agent", "claude-code")
      json.member("project", ifPresent: project)
      json.member("parent_run", ifPresent: parent?.rawValue)
      json.member("version", ifPresent: line.object.text("version"))
      json.member("git_branch", ifPresent: line.object.text("gitBranch"))
      json.member("entrypoint", ifPresent: line.object.text("entrypoint"))
    }
    emit(
      event,
      id: isStarted ? "run.started/project" : "run.started",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    isStarted = true
    hasProject = project != nil
  }

  /// Keeps a line as an event of this format's own kind.
  mutating func keep(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    emit(line.rawEvent, id: line.id, ts: line.ts, session: line.session, into: &sink)
  }

  mutating func readUser(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let content = line.object.object("message")?["content"] else {
      return keep(line, into: &sink)
    }
    var texts: [String] = []
    var results: [JSONObject] = []
    var hasOtherBlocks = false
    if let text = content.string { texts.append(text) }
    content.forEachElement { element in
      guard let block = JSONObject(element), let type = block["type"] else {
        if let text = element.string { texts.append(text) }
        return
      }
      if type.equals("tool_result") {
        results.append(block)
      } else if type.equals("text") {
        if let text = block["text"]?.string { texts.append(text) }
      } else {
        hasOtherBlocks = true
      }
    }
    for (i, block) in results.enumerated() { toolResult(block, i, line, into: &sink) }

    let kind = ClaudePrompt.kind(of: line.object, texts: texts, hasOtherBlocks: hasOtherBlocks)
    switch kind {
    case .interrupt where turn != nil:
      interrupt(line, into: &sink)
    case .prompt where results.isEmpty:
      let payload = Payload.object { json in
        if texts.count == 1 && !hasOtherBlocks {
          json.member("text", texts[0])
        } else {
          json.raw("content", content.raw)
        }
      }
      prompt(payload, producer: parent == nil ? .user : .agent, line: line, into: &sink)
    case .command where results.isEmpty:
      endTurnIfEnding(into: &sink)
      keep(line, into: &sink)
    default:
      if results.isEmpty {
        keep(line, into: &sink)
      } else if !texts.isEmpty || hasOtherBlocks {
        // The results are events already: only what stands beside them is kept here.
        let rest = Payload.object { $0.member("texts", texts) }
        emit(
          Event("claude-code.user", payload: rest),
          id: line.id + "/texts",
          ts: line.ts,
          session: line.session,
          into: &sink
        )
      }
    }
  }

  private mutating func toolResult(
    _ block: JSONObject,
    _ i: Int,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let call = block.text("tool_use_id")
    let whole = line.object["toolUseResult"]
    let result = ClaudeToolResult(block: block, result: i == 0 ? whole : nil)
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", ifPresent: call)
      json.member("is_error", result.isError)
      if result.isDenied { json.member("denied", true) }
      if result.isCancelled { json.member("cancelled", true) }
      if let content = block["content"] { json.raw("content", content.raw) }
      if i == 0, let whole { json.raw("result", whole.raw) }
    }
    emit(event, id: line.id + "/\(i)", ts: line.ts, session: line.session, into: &sink)
    openCalls.removeAll { $0 == call }
    // A result does not open a turn, but it is the last thing of one that is open.
    if turn != nil { step(result.isDenied ? .denied : .result, line) }
  }

  /// A title, or a name that a person gave: the person's stays.
  mutating func readTitle(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    let own = line.object.text("customTitle") ?? line.object.text("agentName")
    let isOwn = line.type != "ai-title" && line.type != "summary"
    // A summary at the head of a file is that of another session, which led to this one.
    let found =
      own ?? line.object.text("aiTitle") ?? (turn == nil ? nil : line.object.text("summary"))
    guard let found, isOwn || !hasCustomTitle else { return keep(line, into: &sink) }
    if isOwn { hasCustomTitle = true }
    guard found != title else { return }
    title = found
    emit(
      .runStarted(title: found),
      id: line.id + "/title",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
  }
}
