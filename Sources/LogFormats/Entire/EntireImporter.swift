package import Events

/// Reads the compact transcripts that Entire keeps of the sessions of other agents.
///
/// A message of the model is one or more lines of one id, each with the counts of all of it: it is
/// billed once, when another message, a prompt or the log's rest shows that it is over. A message
/// that the agent's own log has billed already is not billed again, and one that such a log bills later
/// is corrected by it: that log knows more.
///
/// Prompts that nobody typed are kept as `entire.user`, other lines as `entire.<type>`. Dropped as
/// decoration: of results `file` and `matchCount`.
package struct EntireImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var conversation: Conversation?
    var previous = ""
  }

  package static let memoryVersion = 2

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.conversation.map { [$0.run] } ?? [] }

  package mutating func take(_ line: JSONObject, into sink: inout ImportedEvents) {
    guard let type = line.text("type") else { return sink.report("the line has no type") }
    sink.line.id = StableHash.hex(line.raw, seed: memory.previous)
    sink.line.ts = line.time("ts")
    memory.previous = sink.line.id
    begin(line, &sink)
    switch type {
    case "user": readPrompt(line, &sink)
    case "assistant": readReply(line, &sink)
    default: memory.conversation?.keep(type, line.raw, into: &sink)
    }
  }

  // MARK: Rest

  package mutating func pause(into sink: inout ImportedEvents) {
    memory.conversation?.pause(into: &sink)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    memory.conversation?.pause(into: &sink)
  }

  package func isAtWork(_ run: RunID) -> Bool { memory.conversation?.isAtWork == true }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.conversation?.beforeSeal(into: &sink)
  }

  private mutating func begin(_ line: JSONObject, _ sink: inout ImportedEvents) {
    guard memory.conversation == nil else { return }
    let name = sink.line.id
    let run = Conversation.run("entire", name)
    var conversation = Conversation(format: "entire", run: run, session: name)
    let agent = line.text("agent") ?? ""
    var facts = RunFacts(agent: agent == "Claude Code" ? "claude-code" : agent)
    facts.entrypoint = line.text("cli_version").map { "entire " + $0 }
    conversation.tell(facts, into: &sink)
    memory.conversation = conversation
  }

  // MARK: Prompts

  /// How words begin that a program has put in the user's mouth.
  private static let programs = ["Base directory for this skill:", "<user_action>"]

  private mutating func readPrompt(_ line: JSONObject, _ sink: inout ImportedEvents) {
    var texts: [String] = []
    var hasOtherBlocks = false
    line["content"]?.forEachElement { block in
      if let text = block["text"]?.string { texts.append(text) } else { hasOtherBlocks = true }
    }
    let isProgram = texts.contains { text in Self.programs.contains { text.hasPrefix($0) } }
    let kind = ClaudePrompt.kind(of: line, texts: texts, hasOtherBlocks: hasOtherBlocks)
    switch kind {
    case .prompt where !isProgram:
      let payload = Payload.object { json in
        if let content = line["content"] { json.raw("content", content.raw) }
      }
      let words = texts.joined(separator: "\n")
      memory.conversation?.prompt(payload, text: words, into: &sink)
    case .interrupt:
      memory.conversation?.keep("user", line.raw, into: &sink)
      memory.conversation?.close("cancelled", at: sink.line.ts, into: &sink)
    case .begin where !isProgram:
      memory.conversation?.begin(into: &sink)
      memory.conversation?.keep("user", line.raw, into: &sink)
    default:
      memory.conversation?.keep("user", line.raw, into: &sink)
    }
  }

  // MARK: Replies

  private mutating func readReply(_ line: JSONObject, _ sink: inout ImportedEvents) {
    let message = line.text("id")
    memory.conversation?.flushRequest(butOf: message ?? "", into: &sink)
    var i = 0
    line["content"]?.forEachElement { element in
      i += 1
      guard let block = JSONObject(element) else { return }
      readBlock(block, "\(i)", &sink)
    }
    if memory.conversation?.turn == nil { memory.conversation?.step(.words, sink) }
    guard let message, line["input_tokens"] != nil || line["output_tokens"] != nil else { return }
    var request = ModelRequest(key: "claude-code/" + message, id: message)
    request.counts.input = line.count("input_tokens") ?? 0
    request.counts.output = line.count("output_tokens") ?? 0
    // It leaves out what a cache served and stored.
    request.isUnknown = true
    request.ts = sink.line.ts
    memory.conversation?.count(request, into: &sink)
  }

  private mutating func readBlock(
    _ block: JSONObject,
    _ part: String,
    _ sink: inout ImportedEvents
  ) {
    switch block.text("type") {
    case "text":
      memory.conversation?.say(.text, block["text"]?.string, part, into: &sink)
    case "thinking":
      memory.conversation?.say(.thought, block["text"]?.string, part, into: &sink)
    case "tool_use":
      let call = block.text("id") ?? sink.line.id(part)
      let name = block.text("name")
      memory.conversation?.call(call, name: name, input: block["input"], part, into: &sink)
      let result = block.object("result")
      memory.conversation?.result(
        of: call,
        Self.kind(result),
        content: result?["output"],
        part + "/result",
        into: &sink
      )
    case let type:
      memory.conversation?.keep(type ?? "block", block.raw, part, into: &sink)
    }
  }

  private static func kind(_ result: JSONObject?) -> Conversation.ResultKind {
    guard let result, result["status"]?.equals("error") == true else { return .success }
    return ClaudeToolResult.kind(ofError: result["output"]?.string ?? "")
  }
}
