internal import Events

/// How a tool call of Claude Code came back.
///
/// A refusal by a person and a cancellation are no failures of the tool. Both are marked as
/// errors in the log, and are known only by their words. A refusal by a rule, a hook or a
/// classifier is a failure.
struct ClaudeToolResult {
  var isError: Bool
  var isDenied = false
  var isCancelled = false

  private static let denials = [
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "User rejected tool use",
  ]
  private static let cancellations = [
    "[Request interrupted by user", "Sibling tool call errored", "Cancelled: parallel tool call",
    "Interrupted by user", "Request interrupted by user",
  ]

  /// Judges a `tool_result` block, and the `toolUseResult` of its line.
  init(block: JSONObject, result: JSONValue?) {
    isError = block.isTrue("is_error")
    if let code = JSONObject(block["content"])?["type"], code.equals("web_search_tool_result_error")
    {
      isError = true
    }
    if result.flatMap({ JSONObject($0) })?.isTrue("interrupted") == true { isCancelled = true }
    guard isError else { return }
    let words = [Self.words(block["content"]), result?.string.map(Self.stripped)]
    for text in words.compactMap({ $0 }) {
      if Self.denials.contains(where: { text.hasPrefix($0) }) { isDenied = true }
      if Self.cancellations.contains(where: { text.hasPrefix($0) }) { isCancelled = true }
    }
    // A person who refuses one of several calls refuses that one, and cancels the rest.
    if isDenied { isCancelled = false }
  }

  /// How a call came back whose result is an error of these words.
  static func kind(ofError words: String) -> Transcript.ResultKind {
    let text = stripped(words)
    if denials.contains(where: { text.hasPrefix($0) }) { return .denied }
    return cancellations.contains { text.hasPrefix($0) } ? .cancelled : .failure
  }

  /// The first text of a result's content, without the tag and the word that errors begin with.
  private static func words(_ content: JSONValue?) -> String? {
    guard let content else { return nil }
    if let text = content.string { return stripped(text) }
    var first: String?
    content.forEachElement { block in
      if first == nil, let text = block["text"]?.string { first = stripped(text) }
    }
    return first
  }

  private static func stripped(_ text: String) -> String {
    var text = text[...]
    for prefix in ["<tool_use_error>", "Error: "] where text.hasPrefix(prefix) {
      text = text.dropFirst(prefix.count)
    }
    return String(text)
  }
}
