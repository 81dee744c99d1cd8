internal import Events

extension CodexThread {
  /// The agent calls a tool.
  mutating func call(
    _ id: String?,
    name: String?,
    namespace: String? = nil,
    line: CodexLine,
    at ts: Timestamp? = nil,
    _ input: (inout JSONWriter) -> Void
  ) -> (Event, String) {
    step(.call, line)
    if let id { calls.begin(id) }
    let event = Event.make(.toolCall) { json in
      json.member("id", ifPresent: id)
      json.member("name", ifPresent: Self.toolName(name, namespace))
      json.member("namespace", ifPresent: namespace)
      input(&json)
    }
    return (event, id.map { "call/" + $0 } ?? self.name(line))
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
    let (event, key) = call(id, name: name, namespace: item.text("namespace"), line: line) { json in
      if let arguments = item["arguments"] {
        Self.writeInput(arguments, to: &json)
      } else if let input = item["input"] ?? item["action"] {
        json.raw("input", input.raw)
      }
    }
    emit(event, id: key, ts: line.ts, into: &sink)
  }

  /// Arguments are JSON in a string, which is taken out of it.
  static func writeInput(_ arguments: JSONValue, to json: inout JSONWriter) {
    guard var text = arguments.string else { return json.raw("input", arguments.raw) }
    let isJSON = text.withUTF8 { (try? JSONValue.parse(UnsafeRawBufferPointer($0))) != nil }
    if isJSON { json.raw("input", text.utf8.trimmed) } else { json.member("input", text) }
  }

  /// What the model was told of a call.
  mutating func readOutput(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let id = line.payload.text("call_id") else { return keep(line, into: &sink) }
    // The end of a command or a patch has told what became of the call already.
    if calls.isKnown(id) && !calls.isOpen(id) { return keep(line, into: &sink) }
    let output = CodexToolOutput(line.payload["output"])
    if output.fate == .running, calls.isOpen(id) {
      calls.run(id, at: line.ts)
      let event = Event.make(.toolCallUpdate) { json in
        json.member("toolCallId", id)
        json.member("status", "in_progress")
        if let output = line.payload["output"] { json.raw("content", output.raw) }
      }
      emit(event, id: "update/" + id, ts: line.ts, into: &sink)
      return touch(line)
    }
    let event = result(id, output.fate, exitCode: output.exitCode) { json in
      if let content = line.payload["output"] ?? line.payload["tools"] {
        json.raw("content", content.raw)
      }
    }
    resolve(id, event, line, into: &sink)
  }

  private func result(
    _ id: String,
    _ fate: CodexToolOutput.Fate,
    exitCode: Int64?,
    _ body: (inout JSONWriter) -> Void
  ) -> Event {
    Event.make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("is_error", fate != .ok && fate != .running)
      if fate == .denied { json.member("denied", true) }
      if fate == .cancelled { json.member("cancelled", true) }
      json.member("exit_code", ifPresent: exitCode)
      body(&json)
    }
  }

  mutating func resolve(
    _ id: String,
    _ event: Event,
    _ line: CodexLine,
    into sink: inout ImportedEvents
  ) {
    calls.end(id)
    emit(event, id: "result/" + id, ts: line.ts, into: &sink)
    touch(line)
  }

  /// A result does not open a turn, but it is the last thing of one that is open.
  private mutating func touch(_ line: CodexLine) {
    if turn != nil { step(.result, line) }
  }

  /// The end of a command, a patch, or a call that the program itself has made.
  mutating func readEnd(_ line: CodexLine, into sink: inout ImportedEvents) {
    let end = line.payload
    guard let id = end.text("call_id"), end["source"]?.equals("user_shell") != true,
      calls.isOpen(id) || !calls.isKnown(id)
    else { return keep(line, into: &sink) }
    if !calls.isKnown(id) { announce(id, line, into: &sink) }
    var fate = CodexToolOutput.Fate.ok
    let code = end["exit_code"]?.int
    if let code, code != 0 { fate = .failed }
    if end["success"]?.bool == false || end["status"]?.equals("failed") == true { fate = .failed }
    if let result = end.object("result") {
      let answer = result.object("Ok")
      if result["Err"] != nil || answer?.isTrue("isError") == true
        || answer?.isTrue("is_error") == true
      {
        fate = .failed
      }
      if let words = result.text("Err") {
        let told = CodexToolOutput(text: words).fate
        if told == .denied || told == .cancelled { fate = told }
      }
    }
    if end["status"]?.equals("declined") == true { fate = .denied }
    let event = result(id, fate, exitCode: code) { json in
      json.member("duration_ms", ifPresent: Self.milliseconds(end["duration"]))
      json.raw("result", end.raw)
    }
    resolve(id, event, line, into: &sink)
  }

  /// A call of which only the end is logged began as long before as it took.
  private mutating func announce(
    _ id: String,
    _ line: CodexLine,
    into sink: inout ImportedEvents
  ) {
    let end = line.payload
    let invocation = end.object("invocation")
    var name = end.text("tool")
    if let tool = invocation?.text("tool") {
      name = invocation?.text("server").map { "mcp__\($0)__\(tool)" } ?? tool
    }
    let kind = line.kind.dropSuffix("_end").dropSuffix("_response")
    let tool = name ?? (kind == "patch_apply" ? "apply_patch" : kind)
    let (event, key) = call(id, name: tool, line: line) { json in
      let input =
        invocation?["arguments"] ?? end["arguments"] ?? end["command"] ?? end["changes"]
      if let input { json.raw("input", input.raw) }
    }
    let took = Self.milliseconds(end["duration"]) ?? 0
    let ts = line.ts.map { Timestamp(microseconds: $0.microseconds - took * 1000) }
    emit(event, id: key, ts: ts, into: &sink)
  }

  /// A duration in seconds and nanoseconds.
  private static func milliseconds(_ duration: JSONValue?) -> Int64? {
    guard let seconds = duration?["secs"]?.count, seconds < 1_000_000_000,
      let nanos = duration?["nanos"]?.count
    else { return nil }
    return seconds * 1000 + nanos / 1_000_000
  }

  /// A search, an image or the like that the model's own service has made: it is done when it
  /// is told of.
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
    let id = item.text("call_id") ?? item.text("id") ?? self.name(line)
    if calls.isKnown(id) { return keep(line, into: &sink) }
    let (event, callKey) = call(id, name: name, line: line) { json in
      if let what = what ?? item["query"] { json.raw("input", what.raw) }
    }
    emit(event, id: callKey, ts: line.ts, into: &sink)
    let isError = item["status"]?.equals("failed") == true
    let done = result(id, isError ? .failed : .ok, exitCode: nil) { $0.raw("result", item.raw) }
    resolve(id, done, line, into: &sink)
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
