internal import Events

/// How a tool call of Claude Code came back.
///
/// What a person refused, and what was broken off, is not a failure of the tool. A refusal by a rule, a
/// hook or a classifier is one. Newer versions say in a field which it was; in logs without it the
/// words decide, which are the program's own.
struct ClaudeToolResult {
  var kind: Conversation.ResultKind
  /// Whether what the call began goes on behind it.
  var isRunning = false
  /// How long the tool says that it took.
  var durationMs: Int64?

  /// Judges a `tool_result` block; `result` is what its line has of it beside the block.
  init(block: JSONObject, result: JSONValue?, line: JSONObject) {
    let whole = JSONObject(result)
    var isError = block.isTrue("is_error")
    if let type = JSONObject(block["content"])?["type"]?.text, type.hasSuffix("_tool_result_error")
    {
      isError = true
    }
    kind = isError ? .failure : .success
    if let field = Self.nonExecution(of: block.text("tool_use_id"), isError: isError, line) {
      kind = Self.kind(ofField: field)
    } else if isError {
      let words = [Self.words(block["content"]), result?.string].compactMap { $0 }
      let kinds = words.map(Self.kind(ofError:))
      // A person who refuses one of several calls refuses that one, and cancels the rest.
      kind = kinds.first { $0 == .denied } ?? kinds.first { $0 == .cancelled } ?? .failure
    }
    if whole?.isTrue("interrupted") == true, kind != .denied { kind = .cancelled }
    isRunning =
      whole?.text("backgroundTaskId") != nil || whole?.isTrue("isAsync") == true
      || whole?["status"]?.equals("async_launched") == true
    if !isRunning {
      durationMs = whole?.count("durationMs") ?? whole?.count("totalDurationMs")
    }
  }

  // MARK: Fields

  /// Why a call was not run, in the line's own fields.
  private static func nonExecution(
    of call: String?,
    isError: Bool,
    _ line: JSONObject
  ) -> String? {
    var found: String?
    func look(_ value: JSONValue) {
      guard let entry = JSONObject(value), let kind = entry.text("non_execution_kind") else {
        return
      }
      if entry.text("id") == nil || entry.text("id") == call { found = kind }
    }
    if let meta = line["tool_result_meta"] {
      meta.isArray ? meta.forEachElement(look) : look(meta)
    }
    return found ?? (isError ? line.text("toolDenialKind") : nil)
  }

  private static func kind(ofField field: String) -> Conversation.ResultKind {
    switch field {
    case "user-rejected": .denied
    case "interrupted", "cancelled": .cancelled
    default: .failure
    }
  }

  // MARK: Words

  private static let denials = [
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "Permission for this tool use was denied. The tool use was rejected",
    "The agent proposed a plan that was rejected by the user",
    "Tool use rejected with the following feedback",
    "User rejected tool use",
    "User declined to answer questions",
  ]

  private static let cancellations = [
    "[Request interrupted by user", "Sibling tool call errored", "Cancelled: parallel tool call",
    "Interrupted by user", "Request interrupted by user",
    "Streaming fallback - tool execution discarded",
  ]

  /// How a call came back whose result is an error of these words.
  static func kind(ofError words: String) -> Conversation.ResultKind {
    let text = stripped(words)
    if denials.contains(where: { text.hasPrefix($0) }) { return .denied }
    return cancellations.contains { text.hasPrefix($0) } ? .cancelled : .failure
  }

  /// The first text of a result's content.
  private static func words(_ content: JSONValue?) -> String? {
    guard let content else { return nil }
    if let text = content.string { return text }
    var first: String?
    content.forEachElement { block in
      if first == nil { first = block["text"]?.string }
    }
    return first
  }

  /// The text without the tag and the word that errors begin with.
  private static func stripped(_ text: String) -> Substring {
    var text = text[...]
    for prefix in ["Error: ", "<tool_use_error>", "Error: "] where text.hasPrefix(prefix) {
      text = text.dropFirst(prefix.count)
    }
    return text
  }
}
