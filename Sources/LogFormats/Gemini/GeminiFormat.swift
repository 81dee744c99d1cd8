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
    // Another program's list of what a chat has.
    if line["stream_id"]?.isObject == true, line["session_id"]?.stringBody != nil,
      line["metadata"]?["type"]?.equals("gemini") == true
    {
      return .certain
    }
    guard line["id"]?.stringBody != nil, line["timestamp"]?.stringBody != nil,
      line.has("content"), let type = line["type"]
    else { return .unknown }
    return type.equals("gemini") ? .certain : .unknown
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
