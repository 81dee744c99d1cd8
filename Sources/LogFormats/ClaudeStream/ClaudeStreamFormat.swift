internal import Events

extension LogFormat {
  /// What `claude -p --output-format stream-json --verbose` prints.
  package static let claudeStream = LogFormat(
    name: "claude-stream",
    about: .claudeStream,
    importer: ClaudeStreamImporter.self,
    readingKey: { frame, key in
      usualReadingKey(frame, &key)
      // Logs without times are read in the order in which the session's counters have come on.
      if key.thread.isEmpty, let session = frame.text("session_id") { key.thread = session }
      guard key.count == 0, frame["type"]?.equals("result") == true else { return }
      key.count = ClaudeStreamTotals(result: frame).sum
    }
  ) { line in
    guard let type = line["type"], line["sessionId"] == nil else { return .unknown }
    guard line["session_id"]?.stringBody != nil else { return .unknown }
    if type.equals("system") { return recognizes(system: line) ? .certain : .unknown }
    if type.equals("stream_event") || type.equals("rate_limit_event") { return .certain }
    if type.equals("result") { return line["subtype"] != nil ? .possible : .unknown }
    let isTalk = type.equals("user") || type.equals("assistant")
    // Other programs print frames of the same form, without ids of their own.
    guard isTalk, line["message"]?["role"] != nil else { return .unknown }
    return line["uuid"] != nil || line["parent_tool_use_id"] != nil ? .certain : .possible
  }

  private static func recognizes(system line: JSONObject) -> Bool {
    guard line["subtype"]?.equals("init") == true else { return line["subtype"] != nil }
    return line["claude_code_version"] != nil || line["uuid"] != nil || line["mcp_servers"] != nil
  }
}

extension ClaudeLine {
  /// Reads a frame of the stream as a line of a session log, which it is but for its names.
  ///
  /// Claude Desktop notes the time under a name of its own.
  init?(frame: JSONObject, after previous: String) {
    guard let type = frame.text("type") else { return nil }
    object = frame
    self.type = type
    let uuid = frame.text("uuid")
    hasUUID = uuid != nil
    id = uuid ?? StableHash.hex(frame.raw, seed: previous)
    ts = Self.time(of: frame) ?? frame["_audit_timestamp"]?.text.flatMap { Timestamp($0) }
    session = frame.text("session_id")
    folder = frame.text("cwd")
    version = frame.text("claude_code_version")
    agent = frame.text("parent_tool_use_id").map { .named($0) }
  }
}
