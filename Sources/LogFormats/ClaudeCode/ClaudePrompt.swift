internal import Events

/// What a `user` line of a Claude Code log is, which is seldom what a user said.
enum ClaudePrompt {
  /// What the text of such a line stands for.
  enum Kind {
    /// Somebody asks for something.
    case prompt
    /// The mark that a person has stopped the agent.
    case interrupt
    /// A person did something at the terminal that is no prompt: the agent was idle.
    case command
    /// Words that the program puts in the user's mouth.
    case other
  }

  /// Judges a line by its own marks and by its text blocks.
  static func kind(of line: JSONObject, texts: [String], hasOtherBlocks: Bool) -> Kind {
    if texts.contains(where: isInterrupt) { return .interrupt }
    if line.isTrue("isCompactSummary") || line.isTrue("isVisibleInTranscriptOnly") {
      return .other
    }
    if line.isTrue("isMeta") { return .other }
    let origin = line.object("origin")?["kind"]
    if origin?.equals("task-notification") == true { return .command }
    if line["promptSource"]?.equals("system") == true { return .command }
    let words = texts.filter { !isWrapper($0) }
    if !words.isEmpty || (texts.isEmpty && hasOtherBlocks) { return .prompt }
    return texts.contains(where: isCommand) ? .command : .other
  }

  /// The mark of an interrupt, which is also what an interrupted tool answers.
  static func isInterrupt(_ text: String) -> Bool {
    text.hasPrefix("[Request interrupted by user")
  }

  private static let wrappers = [
    "<command-name>", "<command-message>", "<command-args>", "<command-contents>",
    "<local-command-", "<bash-input>", "<bash-stdout>", "<bash-stderr>", "<task-notification",
    "<system-reminder>", "<ide_opened_file>", "<ide_selection>", "<ide_diagnostics>",
    "<user-prompt-submit-hook>", "<session-start-hook>",
  ]

  /// Text that a program has wrapped, or that it takes as an order to itself.
  private static func isWrapper(_ text: String) -> Bool {
    let text = text.drop { $0.isWhitespace }
    return text.isEmpty || wrappers.contains { text.hasPrefix($0) } || isSlashCommand(text)
  }

  private static func isCommand(_ text: String) -> Bool {
    let text = text.drop { $0.isWhitespace }
    return isSlashCommand(text)
      || ["<command-", "<bash-input>", "<task-notification"].contains { text.hasPrefix($0) }
  }

  /// `/review`, `/plugin:do this`; not a path, which has a second slash.
  private static func isSlashCommand(_ text: Substring) -> Bool {
    guard text.first == "/" else { return false }
    let word = text.dropFirst().prefix { !$0.isWhitespace }
    return !word.isEmpty
      && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ":" }
  }
}
