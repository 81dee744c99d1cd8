internal import Events

extension CodexExecImporter {
  /// A step of the thread: a text, a thought, or a call and its result.
  mutating func readItem(
    _ item: JSONObject,
    _ line: JSONObject,
    _ type: String,
    _ sink: inout ImportedEvents
  ) {
    let kind = item.text("type") ?? item.text("item_type") ?? ""
    let isDone = type == "item.completed"
    switch kind {
    case "agent_message", "assistant_message", "reasoning":
      guard isDone else { return }
      let words = item.text("text")
      emit(kind == "reasoning" ? .thought(words) : .text(words), previous, &sink)
    case "command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call":
      if type == "item.updated" { return }
      readCallItem(item, kind, isDone: isDone, &sink)
    case "error" where isDone:
      // What is told as an item does not end the turn.
      emit(.error(message: item.text("message")), previous, &sink)
    default:
      if type == "item.updated" { return }
      emit(raw(line, kind.isEmpty ? type : kind), previous, &sink)
    }
  }

  private mutating func readCallItem(
    _ item: JSONObject,
    _ kind: String,
    isDone: Bool,
    _ sink: inout ImportedEvents
  ) {
    let itemID = item.text("id") ?? previous
    let id: String
    if let open = calls[itemID] {
      id = open
    } else {
      // Items are numbered from 0 in each process, so their numbers alone are no names.
      id = itemID + "@" + previous.prefix(8)
      calls[itemID] = id
      emit(callEvent(item, kind, id), "call/" + id, &sink)
    }
    guard isDone else { return }
    calls[itemID] = nil
    let code = item["exit_code"]?.int
    let status = item.text("status")
    let hasFailed =
      code.map { $0 != 0 } ?? (status == "failed" || item["error"] != nil || status == "declined")
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("is_error", hasFailed)
      if status == "declined" { json.member("denied", true) }
      json.member("exit_code", ifPresent: code)
      json.raw("item", item.raw)
    }
    emit(event, "result/" + id, &sink)
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

  /// A call that whoever started the process has to answer.
  mutating func readToolCall(
    _ line: JSONObject,
    _ type: String,
    _ sink: inout ImportedEvents
  ) {
    guard let id = line.text("call_id") else { return emit(raw(line, type), previous, &sink) }
    if type == "tool.call.required" {
      let event = Event.make(.toolCall) { json in
        json.member("id", id)
        json.member("name", ifPresent: line.text("tool_name"))
        if let arguments = line["arguments"] { json.raw("input", arguments.raw) }
      }
      return emit(event, "call/" + id, &sink)
    }
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("name", ifPresent: line.text("tool_name"))
      json.member("is_error", line["error"] != nil)
      if let output = line["output"] { json.raw("content", output.raw) }
    }
    emit(event, "result/" + id, &sink)
  }
}

// The memory of an import between two looks at a growing file, as JSON.
extension CodexExecImporter {
  private static let version: Int64 = 1

  package var encodedState: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("version", Self.version)
      json.member("thread", ifPresent: thread)
      json.member("previous", previous)
      json.member("started", isStarted)
      json.member("turn", ifPresent: turn)
      json.member("turn_due", isTurnDue)
      json.member("failed", hasTurnFailed)
      json.member("ended", hasEnded)
      json.member("ending", ifPresent: ending?.rawValue)
      json.member("total", ifPresent: total?.fields)
      json.member("gauge", ifPresent: gauge?.fields)
      json.array("calls") { json in
        for (item, call) in calls.sorted(by: { $0.key < $1.key }) { json.element([item, call]) }
      }
    }
    return json.takeBytes()
  }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.init(source: source)
    let isGood = state.withUnsafeBytes { bytes -> Bool in
      guard let value = try? JSONValue.parse(bytes), let state = JSONObject(value),
        state.count("version") == Self.version
      else { return false }
      thread = state.text("thread")
      previous = state.text("previous") ?? ""
      isStarted = state.isTrue("started")
      turn = state.text("turn")
      isTurnDue = state.isTrue("turn_due")
      hasTurnFailed = state.isTrue("failed")
      hasEnded = state.isTrue("ended")
      ending = state.text("ending").flatMap { Ending(rawValue: $0) }
      total = CodexCounts(state: state["total"])
      gauge = CodexCounts(state: state["gauge"])
      state["calls"]?.forEachElement { pair in
        let ends = Optional(pair).texts
        if ends.count == 2 { calls[ends[0]] = ends[1] }
      }
      return true
    }
    guard isGood else { throw ImportStateError() }
  }
}
