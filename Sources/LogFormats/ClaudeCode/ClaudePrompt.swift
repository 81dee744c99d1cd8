internal import Events

/// What a `user` line of a Claude Code log is, which is seldom what a user said.
enum ClaudePrompt {
  /// What such a line stands for.
  enum Kind {
    /// A person, or the agent that called this one, asks for something.
    case prompt
    /// A notification, a schedule or another agent sets the agent to work.
    case begin
    /// A hook or the program makes the model go on where it had stopped.
    case goesOn
    /// The mark that a person has stopped the agent.
    case interrupt
    /// A person did something at the terminal that is not a prompt: the agent was idle.
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
    if isSentByProgram(line) { return .begin }
    if line.isTrue("isMeta"), !texts.contains(where: isDelivery) {
      let goesOn = texts.contains { text in continuations.contains { text.hasPrefix($0) } }
      return goesOn ? .goesOn : .other
    }
    return kind(of: texts, hasOtherBlocks: hasOtherBlocks)
  }

  /// Judges what was typed, or delivered as if it were.
  static func kind(of texts: [String], hasOtherBlocks: Bool = false) -> Kind {
    if texts.contains(where: isDelivery) { return .begin }
    let words = texts.filter { !isWrapper(Self.words(of: $0)) }
    if !words.isEmpty || (texts.isEmpty && hasOtherBlocks) { return .prompt }
    return texts.contains(where: isCommand) ? .command : .other
  }

  /// The mark of an interrupt, which is also what an interrupted tool answers.
  static func isInterrupt(_ text: String) -> Bool {
    text.hasPrefix("[Request interrupted by user")
  }

  // MARK: Who sent it

  /// Newer versions say what a line comes from; a person is one of several.
  private static func isSentByProgram(_ line: JSONObject) -> Bool {
    if let origin = line.object("origin")?.text("kind"), origin != "human" { return true }
    if let origin = line.text("turnOrigin"), origin != "human" { return true }
    return line["promptSource"]?.equals("system") == true
  }

  private static let deliveries = [
    "<task-notification", "<teammate-message", "<cross-session-message", "<agent-message",
    "Another Claude session sent a message:",
  ]

  /// Older versions deliver messages of tasks, teammates and other sessions as a user's words.
  static func isDelivery(_ text: String) -> Bool {
    let text = words(of: text)
    return deliveries.contains { text.hasPrefix($0) }
  }

  /// What makes a model go on that had said that it is done.
  private static let continuations = ["Stop hook feedback", "Output token limit hit"]

  // MARK: Words

  private static let hints = [
    "ide_opened_file", "ide_selection", "ide_diagnostics", "system-reminder",
    "user-prompt-submit-hook", "session-start-hook",
  ]

  /// What a person wrote, without the hints that an editor or the program put before and behind it.
  static func words(of text: String) -> Substring {
    var rest = trimmed(text[...])
    while let (name, end) = hint(at: rest) {
      guard let close = rest[end...].firstRange(of: "</\(name)>") else { return "" }
      rest = trimmed(rest[close.upperBound...])
    }
    while rest.hasSuffix("</system-reminder>"),
      let start = rest.ranges(of: "<system-reminder>").last
    {
      rest = trimmed(rest[..<start.lowerBound])
    }
    return rest
  }

  private static func hint(at text: Substring) -> (name: String, end: Substring.Index)? {
    guard text.first == "<" else { return nil }
    for name in hints where text.dropFirst().hasPrefix(name) {
      let end = text.index(text.startIndex, offsetBy: name.count + 1)
      return (name, end)
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  private static let wrappers = [
    "<command-name>", "<command-message>", "<command-args>", "<command-contents>",
    "<local-command-", "<bash-input>", "<bash-stdout>", "<bash-stderr>",
  ]

  /// Text that a program has wrapped, or that it takes as an order to itself.
  private static func isWrapper(_ text: Substring) -> Bool {
    text.isEmpty || wrappers.contains { text.hasPrefix($0) } || isSlashCommand(text)
  }

  private static func isCommand(_ text: String) -> Bool {
    let text = words(of: text)
    return isSlashCommand(text) || ["<command-", "<bash-input>"].contains { text.hasPrefix($0) }
  }

  /// `/review`, `/plugin:do this`; not a path, which has a second slash.
  private static func isSlashCommand(_ text: Substring) -> Bool {
    guard text.first == "/" else { return false }
    let word = text.dropFirst().prefix { !$0.isWhitespace }
    return !word.isEmpty
      && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ":" }
  }
}

/// What a `<task-notification>` says of the call whose work went on behind it.
struct ClaudeNotification {
  var call: String
  var kind: Conversation.ResultKind

  /// Reads it; `nil` where it names no call, or one that still goes on.
  init?(_ text: String) {
    guard text.contains("<task-notification"), let call = Self.tag("tool-use-id", text),
      let kind = Self.tag("status", text).flatMap({ Self.kind(of: $0) })
    else { return nil }
    self.call = call
    self.kind = kind
  }

  /// How a task ended; `nil` for one that goes on.
  static func kind(of status: String) -> Conversation.ResultKind? {
    switch status {
    case "completed": .success
    case "failed", "error": .failure
    case "killed", "stopped", "cancelled": .cancelled
    default: nil
    }
  }

  private static func tag(_ name: String, _ text: String) -> String? {
    guard let start = text.firstRange(of: "<\(name)>"),
      let end = text[start.upperBound...].firstRange(of: "</\(name)>")
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }
}
