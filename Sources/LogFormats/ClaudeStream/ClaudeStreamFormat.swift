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
    guard let session = line["session_id"]?.stringBody else { return .unknown }
    // Programs that print frames of the same kind: Amp, by the names of its sessions, Cursor, by its
    // frames of its own, and Qwen Code.
    if session.starts(with: [0x54, 0x2D]) || type.equals("tool_call") || type.equals("thinking")
      || line["qwen_code_version"] != nil || line["permission_mode"] != nil
    {
      return .excluded
    }
    let isOwn = line["uuid"]?.stringBody != nil || line.has("parent_tool_use_id")
    if type.equals("system") {
      guard line["subtype"]?.equals("init") == true else {
        return line["subtype"] != nil && isOwn ? .certain : .unknown
      }
      if line["tools"]?.isArray == true || isOwn || line["claude_code_version"] != nil {
        return .certain
      }
      return line["apiKeySource"] != nil ? .excluded : .possible
    }
    if type.equals("stream_event") { return line["event"]?.isObject == true ? .certain : .unknown }
    if type.equals("rate_limit_event") {
      return line["rate_limit_info"]?.isObject == true ? .certain : .unknown
    }
    if type.equals("result") {
      return line["subtype"] != nil && line["num_turns"] != nil ? .certain : .unknown
    }
    let isTalk = type.equals("user") || type.equals("assistant")
    guard isTalk, line["message"]?["role"] != nil else { return .unknown }
    return isOwn ? .certain : .possible
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
