internal import Events

extension LogFormat {
  /// What `claude -p --output-format stream-json --verbose` prints.
  package static let claudeStream = LogFormat(
    name: "claude-stream",
    about: .claudeStream,
    importer: ClaudeStreamImporter.self
  ) { line in
    guard let type = line["type"], line["sessionId"] == nil else { return .unknown }
    guard line["session_id"]?.stringBody != nil else { return .unknown }
    if type.equals("system") { return line["subtype"] != nil ? .certain : .unknown }
    if type.equals("stream_event") || type.equals("rate_limit_event") { return .certain }
    if type.equals("result") { return line["subtype"] != nil ? .certain : .unknown }
    let isTalk = type.equals("user") || type.equals("assistant")
    return isTalk && line["message"]?["role"] != nil ? .certain : .unknown
  }
}

extension ClaudeLine {
  /// Reads a frame of the stream as a line of a session log, which it is but for its names.
  ///
  /// Frames have no time.
  init?(frame: JSONObject, after previous: String) {
    guard let type = frame.text("type") else { return nil }
    object = frame
    self.type = type
    let uuid = frame.text("uuid")
    hasUUID = uuid != nil
    id = uuid ?? StableHash.hex(frame.raw, seed: previous)
    ts = frame.time("timestamp")
    session = frame.text("session_id")
    agent = frame.text("parent_tool_use_id").map { .named($0) }
  }

  /// The frame as an event of the stream's own kind.
  var frameEvent: Event {
    let kind = EventKind(rawValue: "claude-stream." + type)
    return Event(kind, payload: Payload(unchecked: Array(object.raw)))
  }
}
