internal import Events

extension LogFormat {
  /// The session logs that Claude Code keeps below `~/.claude/projects`.
  package static let claudeCode = LogFormat(
    name: "claude-code",
    importer: ClaudeCodeImporter.self
  ) { line in
    guard let type = line["type"] else { return .none }
    // Programs that grew out of the same code write `message.parts` in the place of `content`.
    if let message = line.object("message"), message["parts"] != nil { return .none }
    if type.equals("summary") { return line["leafUuid"] != nil ? .certain : .none }
    if type.equals("file-history-snapshot") { return .certain }
    guard line["sessionId"]?.stringBody != nil else { return .none }
    let isTalk = type.equals("user") || type.equals("assistant")
    if isTalk && line.object("message") != nil && line["uuid"] != nil { return .certain }
    return line["parentUuid"] != nil || line["isSidechain"] != nil ? .certain : .possible
  }
}
