internal import Events

extension LogFormat {
  /// The chats that Qwen Code keeps below `~/.qwen/projects/<project>/chats`.
  package static let qwen = LogFormat(
    name: "qwen",
    about: .qwen,
    importer: QwenImporter.self
  ) { line in
    // Claude Code has the same frame around its messages, and Gemini CLI the same messages.
    guard line["uuid"]?.stringBody != nil, line["sessionId"]?.stringBody != nil,
      line["timestamp"]?.stringBody != nil, let type = line["type"]
    else { return .unknown }
    if type.equals("system") {
      return line["subtype"]?.stringBody != nil && line["systemPayload"] != nil
        ? .certain : .unknown
    }
    guard type.equals("user") || type.equals("assistant") || type.equals("tool_result") else {
      return .unknown
    }
    let isOwn =
      line["message"]?["parts"]?.isArray == true || line["usageMetadata"]?.isObject == true
      || line["toolCallResult"]?.isObject == true
    return isOwn ? .certain : .unknown
  }
}
