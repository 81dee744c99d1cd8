internal import Events

/// Reads the messages of Kimi CLI's wire of one agent.
struct KimiWire: Codable {
  /// The session and the helper.
  let name: String
  /// The agent, as long as it is not kept elsewhere; `nil` for a helper whose own log tells of it.
  var conversation: Conversation?
  /// The calls that questions to a person are about.
  private var asked: [String: String] = [:]
  private var refused: Set<String> = []
  /// How many steps there were.
  private var steps = 0
  /// The last request of each message that was billed, and how often.
  private var last: Billed?

  private struct Billed: Codable {
    var key: String
    var counts: TokenCounts
    var revision: Int64
  }

  init(name: String) {
    self.name = name
  }

  mutating func read(
    _ payload: JSONObject,
    type: String,
    _ line: JSONObject,
    into sink: inout ImportedEvents
  ) {
    guard var conversation else { return }
    read(payload, type: type, line, &conversation, into: &sink)
    self.conversation = conversation
  }

  private mutating func read(
    _ payload: JSONObject,
    type: String,
    _ line: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    switch type {
    case "ToolCallPart":
      return
    case "StepBegin":
      steps += 1
    case "TurnBegin", "SteerInput":
      readPrompt(payload, type, &conversation, into: &sink)
    case "TurnEnd":
      guard let turn = conversation.turn else { return }
      if turn.step != .denied { conversation.done(nil) }
      let status = conversation.turn?.statusByLastStep ?? "success"
      conversation.close(status, at: sink.line.ts, into: &sink)
    case "StepInterrupted":
      conversation.keep(type, line.raw, into: &sink)
      conversation.close("cancelled", at: sink.line.ts, into: &sink)
    case "ContentPart", "TextPart", "ThinkPart":
      readPart(payload, line, &conversation, into: &sink)
    case "ToolCall":
      let function = payload.object("function")
      conversation.call(
        payload.text("id"),
        name: function?.text("name"),
        input: function?["arguments"],
        into: &sink
      )
    case "ToolResult":
      readResult(payload, &conversation, into: &sink)
    case "ApprovalRequest", "QuestionRequest":
      let call = payload.text("tool_call_id") ?? payload.text("id")
      if let id = payload.text("id"), let call { asked[id] = call }
      conversation.ask(about: call, name: payload.text("sender"), into: &sink)
    case "ApprovalResponse", "ApprovalRequestResolved":
      guard let id = payload.text("request_id"), let call = asked.removeValue(forKey: id) else {
        return conversation.keep(type, line.raw, into: &sink)
      }
      let isAllowed = payload.text("response")?.hasPrefix("approve") == true
      if !isAllowed { refused.insert(call) }
      conversation.answer(about: call, isAllowed: isAllowed, into: &sink)
    case "StatusUpdate":
      readStatus(payload, line, &conversation, into: &sink)
    case "CompactionEnd":
      conversation.compact(into: &sink) { $0.raw("compact", line.raw) }
    default:
      conversation.keep(type, line.raw, into: &sink)
    }
  }

  private func readPrompt(
    _ payload: JSONObject,
    _ type: String,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    let input = payload["user_input"]
    let prompt = Payload.object { json in
      if let input { json.raw(input.stringBody == nil ? "content" : "text", input.raw) }
    }
    var words = input?.string
    input?.forEachElement { words = words ?? $0["text"]?.text }
    if type == "SteerInput" {
      conversation.steer(prompt, text: words, into: &sink)
    } else {
      let isHelper = conversation.facts.parent != nil
      let producer: Producer = isHelper ? .agent : .user
      conversation.prompt(prompt, text: words, producer: producer, into: &sink)
    }
  }

  private func readPart(
    _ part: JSONObject,
    _ line: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    if let thought = part.text("think") {
      conversation.say(.thought, thought, into: &sink)
    } else if let text = part.text("text") {
      conversation.say(.text, text, into: &sink)
    } else {
      conversation.keep("ContentPart", line.raw, into: &sink)
    }
  }

  private mutating func readResult(
    _ payload: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    let call = payload.text("tool_call_id")
    let result = payload.object("return_value") ?? payload.object("result")
    let isRefused = call.map { refused.remove($0) != nil } ?? false
    let words = (result?.text("message") ?? "") + (result?["output"]?.string ?? "")
    conversation.result(
      of: call,
      KimiSession.kind(isError: result?.isTrue("is_error") == true, isRefused: isRefused, words),
      content: result?["output"],
      into: &sink
    )
  }

  /// Bills the tokens of a step, which its status tells under the id of its message.
  private mutating func readStatus(
    _ payload: JSONObject,
    _ line: JSONObject,
    _ conversation: inout Conversation,
    into sink: inout ImportedEvents
  ) {
    guard let usage = payload.object("token_usage") else {
      return conversation.keep("StatusUpdate", line.raw, into: &sink)
    }
    let counts = TokenCounts(kimiCLI: usage)
    let message = payload.text("message_id") ?? "step-\(steps)"
    let key = "kimi/\(name)/\(message)"
    guard !counts.isZero, last?.key != key || last?.counts != counts else { return }
    let revision = last?.key == key ? (last?.revision ?? 0) + 1 : 0
    last = Billed(key: key, counts: counts, revision: revision)
    var request = ModelRequest(key: key, id: message)
    request.model = conversation.facts.model
    request.counts = counts
    request.contextWindow = payload.count("max_context_tokens")
    request.isFinal = true
    request.revision = revision
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    conversation.bill(request, into: &sink)
  }
}

extension TokenCounts {
  /// Reads a usage of Kimi CLI's, whose classes do not overlap.
  fileprivate init(kimiCLI usage: JSONObject) {
    self.init(
      input: usage.count("input_other") ?? 0,
      output: usage.count("output") ?? 0,
      cacheRead: usage.count("input_cache_read") ?? 0,
      cacheWrite: usage.count("input_cache_creation") ?? 0
    )
  }
}
