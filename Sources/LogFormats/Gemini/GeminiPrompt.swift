internal import Events

/// What a message of the type `user` is: a person's prompt, or what the program tells the model.
struct GeminiPrompt {
  /// What it is.
  enum Kind {
    /// A person asks.
    case prompt
    /// The history was compacted, and begins with its summary.
    case summary
    /// An order to the program, what it feeds back to the model, or what a person ran in a shell.
    case other
  }

  let words: String
  let kind: Kind

  init(_ message: JSONObject) {
    let content = message["content"]
    words = Self.text(of: content)
    var isResult = false
    content?.forEachElement { if $0["functionResponse"] != nil { isResult = true } }
    let isCommand = words.hasPrefix("/") && !words.dropFirst().prefix { $0 != " " }.contains("/")
    if words.hasPrefix("<state_snapshot>") {
      kind = .summary
    } else if content == nil || isResult || isCommand || words.hasPrefix("<session_context>")
      || words.hasPrefix("I ran the following shell command:")
    {
      kind = .other
    } else {
      kind = .prompt
    }
  }

  /// Whether somebody says something.
  var isConversation: Bool { kind != .other }

  /// The folder that the program's own first words name.
  var folder: String? {
    guard words.hasPrefix("<session_context>") || words.hasPrefix("This is the Gemini CLI") else {
      return nil
    }
    var isNext = false
    for line in words.split(whereSeparator: \.isNewline) {
      let item = line.drop { $0 == " " }
      if isNext, item.hasPrefix("- ") { return String(item.dropFirst(2)) }
      isNext = line.contains("Workspace Directories:")
      if let words = line.firstRange(of: "working in the directory: ") {
        return String(line[words.upperBound...])
      }
    }
    return nil
  }

  /// The words of a content, which is a text or a list of parts.
  static func text(of content: JSONValue?) -> String {
    guard let content else { return "" }
    if let text = content.string { return text }
    var words: [String] = []
    content.forEachElement { part in
      if let text = part.string ?? part["text"]?.string { words.append(text) }
    }
    return words.joined(separator: "\n")
  }
}
