internal import Events

extension LogFormat {
  /// Whether a line of this type stands beside the conversation.
  private static func isAside(_ type: JSONValue) -> Bool {
    type.equals("mode") || type.equals("permission-mode") || type.equals("queue-operation")
      || type.equals("last-prompt") || type.equals("bridge-session") || type.equals("ai-title")
      || type.equals("custom-title") || type.equals("agent-name")
      || type.equals("file-history-delta") || type.equals("cost-state") || type.equals("progress")
  }

  /// The session logs that Claude Code keeps below `~/.claude/projects`.
  package static let claudeCode = LogFormat(
    name: "claude-code",
    about: .claudeCode,
    importer: ClaudeCodeImporter.self,
    readingKey: { line, key in
      usualReadingKey(line, &key)
      // Of two logs that begin with the same line, that which a fork did not copy is the first.
      if let type = line["type"], ["queue-operation", "last-prompt", "summary"].contains(type.text)
      {
        key.count = -1
      }
    }
  ) { line in
    guard let type = line["type"] else { return .unknown }
    // Programs that grew out of the same code write `message.parts` instead of `content`.
    if let message = line.object("message"), message["parts"] != nil { return .excluded }
    if type.equals("summary") { return line["leafUuid"] != nil ? .certain : .unknown }
    if type.equals("file-history-snapshot") {
      return line["messageId"] != nil && line["snapshot"] != nil ? .certain : .possible
    }
    guard line["sessionId"]?.stringBody != nil else { return .unknown }
    if type.equals("user") || type.equals("assistant") {
      let isOwn = line["uuid"]?.stringBody != nil && line["message"]?["role"] != nil
      return isOwn ? .certain : .unknown
    }
    // What only this agent writes before there is a conversation, or which is a part of its tree.
    let isOwn = line["uuid"]?.stringBody != nil && line.has("parentUuid") || isAside(type)
    return isOwn ? .possible : .unknown
  }
}
