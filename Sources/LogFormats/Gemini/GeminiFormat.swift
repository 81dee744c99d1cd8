internal import Events

extension LogFormat {
  /// The chats that Gemini CLI keeps below `~/.gemini/tmp/<project>/chats`: a JSON document, or
  /// in newer versions JSON Lines.
  package static let gemini = LogFormat(
    name: "gemini",
    about: .gemini,
    importer: GeminiImporter.self
  ) { line in
    if line["$rewindTo"] != nil || line["$set"]?.isObject == true { return .possible }
    if line["sessionId"]?.stringBody != nil, line["projectHash"]?.stringBody != nil {
      return .certain
    }
    // A message, or one that another program has put in an event of its own.
    let isMessage = [line, line.object("metadata")].compactMap { $0 }.contains { message in
      message["type"]?.equals("gemini") == true && message["id"]?.stringBody != nil
        && message["timestamp"]?.stringBody != nil && message.has("content")
    }
    return isMessage ? .certain : .unknown
  }

  /// What `gemini --output-format stream-json` prints.
  package static let geminiStream = LogFormat(
    name: "gemini-stream",
    about: .geminiStream,
    importer: GeminiStreamImporter.self
  ) { line in
    guard let type = line["type"], line["timestamp"]?.stringBody != nil else { return .unknown }
    if type.equals("init") {
      return line["session_id"] != nil && line["model"] != nil ? .certain : .unknown
    }
    if type.equals("tool_use") {
      return line["tool_name"] != nil && line["tool_id"] != nil ? .certain : .unknown
    }
    if type.equals("tool_result") {
      return line["tool_id"] != nil && line["status"] != nil ? .certain : .unknown
    }
    if type.equals("result") {
      return line["status"] != nil && line["stats"]?["total_tokens"] != nil ? .certain : .unknown
    }
    return .unknown
  }
}
