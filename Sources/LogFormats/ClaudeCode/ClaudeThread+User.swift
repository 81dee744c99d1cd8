internal import Events

extension ClaudeThread {
  mutating func readUser(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let content = line.message?["content"] else { return keep(line, into: &sink) }
    let parts = ClaudeUserParts(content)
    for (place, block) in parts.results.enumerated() {
      readResult(block, place, line, into: &sink)
    }
    let kind = parts.kind(of: line.object)
    if kind == .interrupt { return interrupt(parts, line, into: &sink) }
    guard parts.results.isEmpty else { return keepRest(of: parts, into: &sink) }
    // What a command stands for follows it, and is what the model answers.
    let isExpansion = isBehindCommand && kind == .other && parts.isExpansion(line.object)
    isBehindCommand = kind == .command
    if isExpansion { return begin(parts, line, into: &sink) }
    switch kind {
    case .prompt: prompt(parts, content, line, into: &sink)
    case .begin where role == .agent && !parts.isNotification:
      // Its caller has more for it to do.
      prompt(parts, content, line, into: &sink)
    case .begin: begin(parts, line, into: &sink)
    case .goesOn: goOn(line, into: &sink)
    default: keep(line, into: &sink)
    }
  }

  /// The results are events already: only what stands beside them is kept here.
  private mutating func keepRest(of parts: ClaudeUserParts, into sink: inout ImportedEvents) {
    guard !parts.texts.isEmpty || parts.hasOtherBlocks else { return }
    let rest = Payload.object { $0.member("texts", parts.texts) }
    let kind = EventKind(rawValue: talk.format + ".user")
    talk.emit(Event(kind, payload: rest), "texts", into: &sink)
  }

  private mutating func prompt(
    _ parts: ClaudeUserParts,
    _ content: JSONValue,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    beforeTurn(into: &sink)
    talk.prompt(
      parts.payload(content),
      text: role == .copy ? nil : parts.words,
      producer: role == .agent ? .agent : .user,
      into: &sink
    )
  }

  /// Another turn begins.
  mutating func beforeTurn(into sink: inout ImportedEvents) {
    releaseEarly(into: &sink)
    if talk.turn?.isDone == true { durations.noteLeftOut() }
  }

  /// Something other than a person sets the agent to work, unless it is at work already.
  private mutating func begin(
    _ parts: ClaudeUserParts,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    if !talk.isAtWork {
      beforeTurn(into: &sink)
      talk.begin(into: &sink)
    }
    parts.texts.forEach { settle($0, into: &sink) }
    keepInTurn(line, into: &sink)
  }

  /// A hook, or the program, has the model go on.
  ///
  /// Where the log says itself when a turn is over, it does not count that as another turn.
  private mutating func goOn(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if durations.areExpected {
      talk.turn?.isDone = false
      talk.turn?.stopReason = nil
      talk.turn?.doneMessage = nil
    } else if !talk.isAtWork {
      talk.begin(into: &sink)
    }
    keepInTurn(line, into: &sink)
  }

  /// A person has stopped the agent: open calls will not come back.
  private mutating func interrupt(
    _ parts: ClaudeUserParts,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    if parts.results.isEmpty {
      keepInTurn(line, into: &sink)
    } else {
      keepRest(of: parts, into: &sink)
    }
    guard !endsByResult else { return talk.step(.denied, sink) }
    releaseEarly(into: &sink)
    talk.close("cancelled", at: line.ts, into: &sink)
  }

  /// What a notification says of a call that was left running is what became of that call.
  mutating func settle(_ text: String, into sink: inout ImportedEvents) {
    if let news = ClaudeNotification(text) { settle(news.call, news.kind, into: &sink) }
  }

  mutating func settle(
    _ call: String,
    _ kind: Conversation.ResultKind,
    into sink: inout ImportedEvents
  ) {
    guard let place = leftRunning.firstIndex(of: call) else { return }
    leftRunning.remove(at: place)
    talk.result(of: call, kind, "background", into: &sink)
  }
}

/// What the content of a `user` line is made of.
struct ClaudeUserParts {
  private(set) var texts: [String] = []
  private(set) var results: [JSONObject] = []
  private(set) var hasOtherBlocks = false

  init(_ content: JSONValue) {
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
  }

  func kind(of line: JSONObject) -> ClaudePrompt.Kind {
    ClaudePrompt.kind(of: line, texts: texts, hasOtherBlocks: hasOtherBlocks)
  }

  /// Whether it is the program's own news of a task.
  var isNotification: Bool { texts.contains { ClaudePrompt.words(of: $0).hasPrefix("<task-") } }

  /// Whether it may be what a command stands for, rather than what the program did.
  func isExpansion(_ line: JSONObject) -> Bool {
    line.isTrue("isMeta") && !texts.isEmpty
      && !texts.contains { text in Self.remarks.contains { text.hasPrefix($0) } }
  }

  private static let remarks = ["Caveat:", "<local-command", "Continue from where you left off"]

  /// What a person wrote.
  var words: String? {
    texts.map { ClaudePrompt.words(of: $0) }.first { !$0.isEmpty }.map(String.init)
  }

  func payload(_ content: JSONValue) -> Payload {
    Payload.object { json in
      if texts.count == 1 && !hasOtherBlocks {
        json.member("text", texts[0])
      } else {
        json.raw("content", content.raw)
      }
    }
  }
}
