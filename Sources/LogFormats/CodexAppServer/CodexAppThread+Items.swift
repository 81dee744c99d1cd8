internal import Events

extension CodexAppThread {
  /// A step of a turn begins, or is complete.
  mutating func readItem(
    of params: JSONObject,
    isDone: Bool,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let item = params.object("item") else { return }
    let type = item.text("type") ?? ""
    let name = item.text("id") ?? id
    let began = open[name]
    let time = ts ?? params.milliseconds(isDone ? "completedAtMs" : "startedAtMs")
    if isDone { open[name] = nil } else { open.updateValue(time, forKey: name) }
    let isNew = began == nil
    let key = "item/" + name
    switch type {
    case "userMessage":
      guard isNew else { return }
      let payload = Payload.object { json in
        if let content = item["content"] { json.raw("content", content.raw) }
      }
      let input = Event(EventKind(.input), payload: payload, producer: .user)
      transcript.emit(input, id: key, ts: time, into: &sink)
    case "agentMessage", "reasoning":
      guard isDone else { return }
      let isThought = type == "reasoning"
      let text = isThought ? Self.thought(item) : item.text("text")
      // It was being said since it began: that is when the turn had its first output.
      let since = (began ?? nil) ?? time
      transcript.say(isThought ? .thought : .text, text, id: key, ts: since, into: &sink)
    case "contextCompaction":
      if isNew { compact(id: key, ts: time, into: &sink) }
    case _ where Self.calls.contains(type):
      if isNew { call(item, type, name, ts: time, into: &sink) }
      if isDone { result(of: item, params["item"], name, ts: time, into: &sink) }
    default:
      let step = Self.snake(type.isEmpty ? "item" : type)
      if isDone { transcript.keep(step, item.raw, id: key, ts: time, into: &sink) }
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
    ts: Timestamp?,
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
    transcript.call(name, name: tool, input: input, id: "call/" + name, ts: ts, into: &sink)
  }

  private mutating func result(
    of item: JSONObject,
    _ content: JSONValue?,
    _ name: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let status = item.text("status")
    let hasFailed =
      item["exitCode"]?.int.map { $0 != 0 }
      ?? (status == "failed" || item["error"] != nil || item["success"]?.bool == false)
    let kind: Transcript.ResultKind =
      switch status {
      case "declined": .denied
      case "interrupted", "cancelled": .cancelled
      default: hasFailed ? .failure : .success
      }
    transcript.result(of: name, kind, content: content, id: "result/" + name, ts: ts, into: &sink)
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
