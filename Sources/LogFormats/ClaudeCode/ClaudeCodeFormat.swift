internal import Events

extension LogFormat {
  /// The session logs that Claude Code keeps below `~/.claude/projects`.
  package static let claudeCode = LogFormat(
    name: "claude-code",
    about: .claudeCode,
    importer: ClaudeCodeImporter.self
  ) { line in
    guard let type = line["type"] else { return .unknown }
    // Programs that grew out of the same code write `message.parts` in the place of `content`.
    if let message = line.object("message"), message["parts"] != nil { return .excluded }
    if type.equals("summary") { return line["leafUuid"] != nil ? .certain : .unknown }
    if type.equals("file-history-snapshot") { return .certain }
    guard line["sessionId"]?.stringBody != nil else { return .unknown }
    let isTalk = type.equals("user") || type.equals("assistant")
    return isTalk && line["message"]?["role"] != nil ? .certain : .possible
  }
}
