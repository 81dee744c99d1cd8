internal import Events

// The calls of tools.
extension CodexThread {
  /// The agent calls a tool.
  mutating func call(
    _ id: String?,
    name: String?,
    namespace: String? = nil,
    as call: CodexCalls.Call,
    at ts: Timestamp? = nil,
    into sink: inout ImportedEvents,
    _ input: (inout JSONWriter) -> Void
  ) {
    let name = Self.toolName(name, namespace)
    conversation.step(.call, sink)
    let event = Event.make(.toolCall) { json in
      json.member("id", ifPresent: id)
      json.member("name", ifPresent: name)
      json.member("namespace", ifPresent: namespace)
      input(&json)
    }
    emit(event, id: id.map { "call/" + $0 }, ts: ts, into: &sink)
    guard let id, !calls.isKnown(id) else { return }
    var call = call
    call.ts = ts ?? sink.line.ts
    calls.begin(id, call)
    conversation.noteCall(id, asksPerson: false)
    guard call.asks != nil else { return }
    emit(.permissionRequest(id: id, name: name), id: "call/\(id)/asks", ts: ts, into: &sink)
  }

  /// A tool of an MCP server goes by the name that the model knows it by.
  private static func toolName(_ name: String?, _ namespace: String?) -> String? {
    guard let name, let namespace, namespace.hasPrefix("mcp__"), !name.hasPrefix("mcp__") else {
      return name
    }
    return namespace + (namespace.hasSuffix("__") ? "" : "__") + name
  }

  mutating func readCall(_ line: CodexLine, into sink: inout ImportedEvents) {
    let item = line.payload
    let id = item.text("call_id") ?? (line.kind == "local_shell_call" ? item.text("id") : nil)
    let name = item.text("name") ?? line.kind.dropSuffix("_call")
    var new = CodexCalls.Call()
    new.isScript = line.kind == "custom_tool_call" && name == "exec"
    if let arguments = item["arguments"] { Self.withValue(of: arguments) { judge(name, $0, &new) } }
    let namespace = item.text("namespace")
    call(id, name: name, namespace: namespace, as: new, into: &sink) { json in
      if let arguments = item["arguments"] {
        Self.writeInput(arguments, to: &json)
      } else if let input = item["input"] ?? item["action"] {
        json.raw("input", input.raw)
      }
    }
  }

  /// What the input of a call says of it: whom it asks, and which process it looks at.
  private func judge(_ tool: String, _ input: JSONValue, _ call: inout CodexCalls.Call) {
    call.polls = CodexToolOutput.polled(by: tool, input)
    if tool == "request_user_input" {
      call.asks = .answer
      return
    }
    let wanted = input["sandbox_permissions"]?.text.map { $0 != "use_default" } ?? false
    let leavesSandbox = wanted || input["with_escalated_permissions"]?.bool == true
    if (leavesSandbox || tool == "request_permissions") && approvals.askPerson {
      call.asks = tool == "request_permissions" ? .answer : .approval
    }
  }

  /// Arguments are JSON in a string, which is taken out of it.
  static func writeInput(_ arguments: JSONValue, to json: inout JSONWriter) {
    guard var text = arguments.string else { return json.raw("input", arguments.raw) }
    let isJSON = text.withUTF8 { (try? JSONValue.parse(UnsafeRawBufferPointer($0))) != nil }
    if isJSON { json.raw("input", text.utf8.trimmed) } else { json.member("input", text) }
  }

  private static func withValue(of arguments: JSONValue, _ body: (JSONValue) -> Void) {
    guard var text = arguments.string else { return body(arguments) }
    text.withUTF8 { bytes in
      if let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)) { body(value) }
    }
  }

  /// A call of which only the end is logged began as long before as it took.
  mutating func announce(
    _ id: String,
    _ line: CodexLine,
    _ end: JSONObject,
    took: Int64?,
    into sink: inout ImportedEvents
  ) {
    let invocation = end.object("invocation")
    var name = end.text("tool")
    if let tool = invocation?.text("tool") {
      name = invocation?.text("server").map { "mcp__\($0)__\(tool)" } ?? tool
    } else if let tool = name, let server = end.text("server") {
      name = "mcp__\(server)__\(tool)"
    }
    let kind = line.kind.dropSuffix("_end").dropSuffix("_response")
    switch end.text("type") {
    case "CommandExecution": name = "exec_command"
    case "FileChange": name = "apply_patch"
    default: name = name ?? (kind == "patch_apply" ? "apply_patch" : kind)
    }
    let ts = line.ts.map { Timestamp(microseconds: $0.microseconds - (took ?? 0) * 1000) }
    call(id, name: name, as: CodexCalls.Call(), at: ts, into: &sink) { json in
      let input =
        invocation?["arguments"] ?? end["arguments"] ?? end["command"] ?? end["changes"]
      if let input { json.raw("input", input.raw) }
    }
  }

  /// A search, an image or the like that the model's own service has made: it is done when it
  /// is reported.
  mutating func readHosted(
    _ line: CodexLine,
    _ name: String,
    as form: CodexPairs.Form,
    into sink: inout ImportedEvents
  ) {
    let item = line.payload
    let what = item["action"] ?? item["revised_prompt"]
    // Old versions tell the query of an action only, or the action of a query.
    let query = what?["query"]?.text ?? (what == nil ? item.text("query") : nil)
    let key = "\(name)/" + (query ?? what.map { StableHash.hex($0.raw) } ?? "")
    if pairs.isTold(key, as: form) { return }
    let id = item.text("call_id") ?? item.text("id") ?? sink.line.id
    if calls.isKnown(id) { return keep(line, into: &sink) }
    call(id, name: name, as: CodexCalls.Call(), into: &sink) { json in
      if let what = what ?? item["query"] { json.raw("input", what.raw) }
    }
    let isError = item["status"]?.equals("failed") == true
    resolve(id, CodexOutcome(isError ? .failed : .ok), into: &sink) { $0.raw("result", item.raw) }
  }
}

extension String {
  func dropSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

extension String.UTF8View {
  /// The bytes without the space around them.
  fileprivate var trimmed: SubSequence {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    var part = self[...]
    while let first = part.first, isSpace(first) { part = part.dropFirst() }
    while let last = part.last, isSpace(last) { part = part.dropLast() }
    return part
  }
}
