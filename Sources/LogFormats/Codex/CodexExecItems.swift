internal import Events

extension CodexExecThread {
  /// A step of the thread: a text, a thought, or a call and its result.
  mutating func readItem(
    _ item: JSONObject,
    _ line: JSONObject,
    _ type: String,
    into sink: inout ImportedEvents
  ) {
    let kind = item.text("type") ?? item.text("item_type") ?? ""
    let isDone = type == "item.completed"
    switch kind {
    case "agent_message", "assistant_message", "reasoning":
      guard isDone else { return }
      conversation.say(kind == "reasoning" ? .thought : .text, item.text("text"), into: &sink)
    case "command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call":
      if type == "item.updated" { return }
      readCallItem(item, kind, isDone: isDone, into: &sink)
    default:
      if type == "item.updated" { return }
      // An item of type `error` is a notice: that the model was changed, or how a request is sent.
      if kind == "error", item.text("message")?.contains("resum") == true { isResumed = true }
      keep(line, kind.isEmpty ? type : kind, into: &sink)
    }
  }

  private mutating func readCallItem(
    _ item: JSONObject,
    _ kind: String,
    isDone: Bool,
    into sink: inout ImportedEvents
  ) {
    let itemID = item.text("id") ?? sink.line.id
    let id: String
    if let open = calls[itemID] {
      id = open
    } else {
      // Items are numbered from 0 in each process, so their numbers alone do not name them.
      id = itemID + "@" + sink.line.id.prefix(8) + suffix
      calls[itemID] = id
      conversation.step(.call, sink)
      conversation.noteCall(id, asksPerson: false)
      emit(callEvent(item, kind, id), "call/" + id, into: &sink)
    }
    guard isDone else { return }
    calls[itemID] = nil
    let code = item["exit_code"]?.int
    let status = item.text("status")
    let hasFailed =
      code.map { $0 != 0 } ?? (status == "failed" || item["error"] != nil || status == "declined")
    resolve(id, hasFailed: hasFailed, into: &sink) { json in
      if status == "declined" { json.member("denied", true) }
      json.member("exit_code", ifPresent: code)
      json.raw("item", item.raw)
    }
  }

  private mutating func resolve(
    _ id: String,
    hasFailed: Bool,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void
  ) {
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("is_error", hasFailed)
      more(&json)
    }
    _ = conversation.noteResult(of: id)
    emit(event, "result/" + id, into: &sink)
    if conversation.turn != nil { conversation.step(.result, sink) }
  }

  private func callEvent(_ item: JSONObject, _ kind: String, _ id: String) -> Event {
    Event.make(.toolCall) { json in
      json.member("id", id)
      switch kind {
      case "mcp_tool_call":
        json.member("name", "mcp__\(item.text("server") ?? "")__\(item.text("tool") ?? "")")
        if let arguments = item["arguments"] { json.raw("input", arguments.raw) }
      case "collab_tool_call":
        json.member("name", item.text("tool") ?? kind)
        if let prompt = item["prompt"] { json.raw("input", prompt.raw) }
      default:
        json.member("name", kind)
        if let input = item["command"] ?? item["changes"] ?? item["query"] {
          json.raw("input", input.raw)
        }
      }
    }
  }

  /// A call that the program around the process has to answer.
  mutating func readToolCall(
    _ line: JSONObject,
    _ type: String,
    into sink: inout ImportedEvents
  ) {
    guard let id = line.text("call_id") else { return keep(line, type, into: &sink) }
    if type == "tool.call.required" {
      let event = Event.make(.toolCall) { json in
        json.member("id", id)
        json.member("name", ifPresent: line.text("tool_name"))
        if let arguments = line["arguments"] { json.raw("input", arguments.raw) }
      }
      conversation.step(.call, sink)
      conversation.noteCall(id, asksPerson: false)
      return emit(event, "call/" + id, into: &sink)
    }
    resolve(id, hasFailed: line["error"] != nil, into: &sink) { json in
      json.member("name", ifPresent: line.text("tool_name"))
      if let output = line["output"] { json.raw("content", output.raw) }
    }
  }
}
