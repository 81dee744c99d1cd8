package import Events

/// Reads the frames that `gemini --output-format stream-json` prints.
///
/// Tokens are known only for the whole call, from its last frame, which is also its end. They
/// are the `by_model` of its turn; there are no `usage` events, so requests are not counted.
/// Thoughts are in no class of the frame but its total, and are a part of the output here.
///
/// A session may go on in another process, in the same log or another one: the run ends once its
/// log is at rest behind a last frame, and whatever comes later resumes it.
///
/// Dropped as decoration: the parts of messages (`delta`) after the first of each, whose words
/// are kept together until something else comes.
package struct GeminiStreamImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    var conversation: Conversation?
    /// The id of the line before: frames have none of their own.
    var previous = ""
    /// Words of the model that more may be added to, with the frame that they began with.
    var words: Words?
    var model: String?
    /// The last frame, where nothing followed it.
    var end: End?
  }

  struct Words: Codable, Sendable {
    var id: String
    var text: String
    var ts: Timestamp?
  }

  /// How a process ended.
  struct End: Codable, Sendable {
    var id: String
    var ts: Timestamp?
    var hasFailed: Bool
    var reason: String?
  }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.conversation.map { [$0.run] } ?? [] }

  package mutating func take(_ frame: JSONObject, into sink: inout ImportedEvents) {
    guard let type = frame.text("type") else { return sink.report("the frame has no type") }
    let id = StableHash.hex(frame.raw, seed: memory.previous)
    memory.previous = id
    sink.line.id = id
    sink.line.ts = frame.time("timestamp")
    memory.end = nil
    var conversation = memory.conversation ?? made(frame)
    if !conversation.isStarted { conversation.tell(RunFacts(agent: "gemini-cli"), into: &sink) }
    read(frame, type: type, &conversation, into: &sink)
    memory.conversation = conversation
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    guard let end = memory.end, var conversation = memory.conversation else { return }
    memory.end = nil
    sink.line = LineContext(number: sink.line.number, id: end.id, ts: end.ts)
    conversation.end(end.hasFailed ? .fail : .stop, reason: end.reason, into: &sink)
    memory.conversation = conversation
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    guard var conversation = memory.conversation else { return }
    flushWords(&conversation, into: &sink)
    conversation.beforeSeal(into: &sink)
    memory.conversation = conversation
  }

  package func isAtWork(_ run: RunID) -> Bool { memory.conversation?.isAtWork == true }

  private func made(_ frame: JSONObject) -> Conversation {
    let session = frame.text("session_id") ?? source.name ?? memory.previous
    return Conversation(
      format: "gemini-stream",
      run: Conversation.run("gemini-stream", session),
      session: session
    )
  }

  // MARK: Frames

  private mutating func read(
    _ frame: JSONObject,
    type: String,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    if type == "message", frame["role"]?.equals("assistant") == true {
      return add(frame, &conversation, into: &sink)
    }
    flushWords(&conversation, into: &sink)
    switch type {
    case "init":
      guard let model = frame.text("model") else { return }
      memory.model = model
      conversation.tell(RunFacts(model: model), into: &sink)
    case "message" where frame["role"]?.equals("user") == true:
      let payload = Payload.object { json in
        if let content = frame["content"] { json.raw("text", content.raw) }
      }
      conversation.prompt(payload, text: frame["content"]?.string, into: &sink)
    case "tool_use":
      conversation.call(
        frame.text("tool_id"),
        name: frame.text("tool_name"),
        input: frame["parameters"],
        asksPerson: QuestionTools.contains(frame.text("tool_name")),
        into: &sink
      )
    case "tool_result":
      let content = frame["output"] ?? frame["error"]
      conversation.result(
        of: frame.text("tool_id"),
        Self.kind(of: frame),
        content: content,
        into: &sink
      )
    case "error" where frame["severity"]?.equals("warning") != true:
      conversation.fail(
        type: "gemini_error",
        message: frame.text("message"),
        nil,
        into: &sink
      )
    case "result":
      finish(frame, &conversation, into: &sink)
    default:
      conversation.keep(type, frame.raw, into: &sink)
    }
  }

  private mutating func add(
    _ frame: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    let text = frame["content"]?.string ?? ""
    if frame.isTrue("delta") {
      if memory.words == nil {
        memory.words = Words(id: sink.line.id, text: text, ts: sink.line.ts)
      } else {
        memory.words?.text += text
      }
      // It is being said since its first part: that is when the turn has its first output.
      if conversation.turn == nil { conversation.step(.words, sink) }
      return
    }
    // The whole message, after parts of it.
    let began = memory.words
    memory.words = Words(
      id: began?.id ?? sink.line.id,
      text: text,
      ts: began?.ts ?? sink.line.ts
    )
    flushWords(&conversation, into: &sink)
  }

  private mutating func flushWords(
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    guard let words = memory.words else { return }
    memory.words = nil
    let line = sink.line
    sink.line = LineContext(number: line.number, id: words.id, ts: words.ts)
    conversation.say(.text, words.text, into: &sink)
    sink.line = line
  }

  private static func kind(of frame: JSONObject) -> Conversation.ResultKind {
    guard frame["status"]?.equals("success") != true else { return .success }
    let message = frame.object("error")?.text("message") ?? ""
    if message.contains("User did not allow tool call") { return .denied }
    let isCancelled = frame["status"]?.equals("cancelled") == true
    return isCancelled || message.hasPrefix("[Operation Cancelled]") ? .cancelled : .failure
  }

  // MARK: The end

  private mutating func finish(
    _ frame: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    let hasFailed = frame["status"]?.equals("success") != true
    let error = frame.object("error")
    if hasFailed {
      conversation.fail(
        type: error?.text("type") ?? "gemini_error",
        message: error?.text("message"),
        into: &sink
      )
    }
    if conversation.turn == nil {
      let turn = ConversationTurn(id: nil, anchor: sink.line.id, ts: sink.line.ts)
      conversation.turn = turn
    }
    let model = memory.model
    let status = hasFailed ? "error" : "success"
    conversation.close(status, at: sink.line.ts, into: &sink) { json in
      if let stats = frame.object("stats") {
        Self.writeTotals(stats, model: model, to: &json)
        json.raw("stats", stats.raw)
      }
    }
    memory.end = End(
      id: sink.line.id,
      ts: sink.line.ts,
      hasFailed: hasFailed,
      reason: hasFailed ? error?.text("type") : nil
    )
  }

  private static func writeTotals(
    _ stats: JSONObject,
    model: String?,
    to json: inout JSONWriter
  ) {
    var totals: [String: TokenCounts] = [:]
    stats["models"]?.forEachMember { name, value in
      guard let stats = JSONObject(value) else { return }
      totals[String(decoding: name, as: UTF8.self)] = counts(stats)
    }
    if totals.isEmpty { totals[model ?? "(unknown)"] = counts(stats) }
    TokenCounts.write(totals, as: "by_model", to: &json)
  }

  private static func counts(_ stats: JSONObject) -> TokenCounts {
    let all = stats.count("input_tokens") ?? 0
    let cached = stats.count("cached") ?? 0
    let output = stats.count("output_tokens") ?? 0
    let total = stats.count("total_tokens") ?? 0
    return TokenCounts(
      input: max(0, all - cached),
      output: max(output, total - all),
      cacheRead: cached
    )
  }
}
