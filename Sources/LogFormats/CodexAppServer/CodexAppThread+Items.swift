internal import Events

extension CodexAppThread {
  /// A step of a turn begins, or is complete.
  mutating func readItem(of params: JSONObject, isDone: Bool, into sink: inout ImportedEvents) {
    guard let item = params.object("item") else { return }
    let type = item.text("type") ?? ""
    let name = item.text("id") ?? sink.line.id
    let began = open[name]
    let time = sink.line.ts ?? params.milliseconds(isDone ? "completedAtMs" : "startedAtMs")
    if isDone { open[name] = nil } else { open.updateValue(time, forKey: name) }
    let isNew = began == nil
    sink.line.id = "item/" + name
    sink.line.ts = time
    switch type {
    case "userMessage":
      guard isNew else { return }
      let payload = Payload.object { json in
        if let content = item["content"] { json.raw("content", content.raw) }
      }
      conversation.notePrompt(Self.words(of: item), into: &sink)
      conversation.emit(Event(EventKind(.input), payload: payload, producer: .user), into: &sink)
      if let time { conversation.turn?.lastTS = time }
    case "agentMessage", "reasoning":
      guard isDone else { return }
      let isThought = type == "reasoning"
      let text = isThought ? Self.thought(item) : item.text("text")
      // It was being said since it began: that is when the turn had its first output.
      sink.line.ts = (began ?? nil) ?? time
      conversation.say(isThought ? .thought : .text, text, into: &sink)
    case "contextCompaction":
      if isNew { compact(into: &sink) }
    case _ where Self.calls.contains(type):
      if isNew { call(item, type, name, into: &sink) }
      if isDone { result(of: item, params["item"], name, into: &sink) }
    default:
      let step = Self.snake(type.isEmpty ? "item" : type)
      if isDone { conversation.keep(step, item.raw, into: &sink) }
    }
  }

  private static let calls = [
    "commandExecution", "fileChange", "mcpToolCall", "dynamicToolCall", "collabAgentToolCall",
    "webSearch", "imageView", "imageGeneration", "sleep",
  ]

  private mutating func call(
    _ item: JSONObject,
    _ type: String,
    _ name: String,
    into sink: inout ImportedEvents
  ) {
    let tool: String
    switch type {
    case "mcpToolCall": tool = "mcp__\(item.text("server") ?? "")__\(item.text("tool") ?? "")"
    case "dynamicToolCall": tool = item.text("tool") ?? "dynamic_tool_call"
    case "collabAgentToolCall": tool = Self.snake(item.text("tool") ?? type)
    default: tool = Self.snake(type)
    }
    let input =
      item["command"] ?? item["arguments"] ?? item["changes"] ?? item["query"] ?? item["prompt"]
      ?? item["path"]
    sink.line.id = "call/" + name
    conversation.call(name, name: tool, input: input, into: &sink)
  }

  private mutating func result(
    of item: JSONObject,
    _ content: JSONValue?,
    _ name: String,
    into sink: inout ImportedEvents
  ) {
    let status = item.text("status")
    let hasFailed =
      item["exitCode"]?.int.map { $0 != 0 }
      ?? (status == "failed" || item["error"] != nil || item["success"]?.bool == false)
    let kind: Conversation.ResultKind =
      switch status {
      case "declined": .denied
      case "interrupted", "cancelled": .cancelled
      default: hasFailed ? .failure : .success
      }
    sink.line.id = "result/" + name
    let took = item.count("durationMs")
    conversation.result(of: name, kind, content: content, durationMs: took, into: &sink)
  }

  private static func words(of message: JSONObject) -> String? {
    var words: [String] = []
    message["content"]?.forEachElement { words.append($0["text"]?.string ?? "") }
    return words.isEmpty ? nil : words.joined(separator: "\n")
  }

  private static func thought(_ item: JSONObject) -> String? {
    let words = item["summary"].texts + item["content"].texts
    return words.isEmpty ? item.text("text") : words.joined(separator: "\n")
  }

  /// A name as other logs of Codex have it: `commandExecution` is `command_execution`.
  static func snake(_ name: String) -> String {
    name.reduce(into: "") { snake, letter in
      if letter.isUppercase { snake += "_" + letter.lowercased() } else { snake.append(letter) }
    }
  }
}
