internal import Events

/// Something that a user, or the agent above, asks for.
struct CodexPrompt {
  /// The text that it is compared by.
  var text: String
  /// The payload of its event.
  var payload: [UInt8]
  var name: String
  var ts: Timestamp?
  /// The line, if it is an item that may turn out to be the twin of an event.
  var raw: [UInt8] = []

  var key: String { "prompt/" + StableHash.hex(text.utf8) }

  /// Reads the event of a prompt; `nil` where the program itself speaks.
  init?(event line: CodexLine, name: String) {
    guard line.payload["kind"].map({ $0.equals("plain") }) ?? true else { return nil }
    text = line.payload["message"]?.string ?? ""
    let text = text
    self.name = name
    ts = line.ts
    payload =
      Payload.object { json in
        json.member("text", text)
        for (key, name) in Self.attachments {
          if let list = line.payload[name], list.raw.count > 2 { json.raw(key, list.raw) }
        }
      }.bytes
  }

  private static let attachments: [(String, StaticString)] = [
    ("images", "images"), ("local_images", "local_images"), ("text_elements", "text_elements"),
  ]

  /// Reads a message of the user; `nil` where it only holds what the program wraps in tags.
  init?(item line: CodexLine, name: String) {
    guard line.payload["role"]?.equals("user") == true, let content = line.payload["content"]
    else { return nil }
    var texts: [String] = []
    var hasOtherBlocks = false
    if let text = content.string { texts.append(text) }
    content.forEachElement { block in
      if let text = block["text"]?.string { texts.append(text) } else { hasOtherBlocks = true }
    }
    let words = texts.filter { !Self.isWrapper($0) }
    guard !words.isEmpty || (texts.isEmpty && hasOtherBlocks) else { return nil }
    text = words.joined(separator: "\n")
    self.name = name
    ts = line.ts
    payload =
      Payload.object { json in
        if texts.count == 1 && !hasOtherBlocks {
          json.member("text", texts[0])
        } else {
          json.raw("content", content.raw)
        }
      }.bytes
    raw = Array(line.payload.raw)
  }

  private static let wrappers = [
    "<environment_context>", "<user_instructions>", "<turn_aborted>", "<user_shell_command>",
    "<permissions instructions>", "<recommended_plugins>", "<subagent_notification>", "<skill>",
    "<collaboration_mode>", "<multi_agent_mode>", "<apps_instructions>", "<INSTRUCTIONS>",
    "# AGENTS.md instructions",
  ]

  private static func isWrapper(_ text: String) -> Bool {
    let text = text.drop { $0.isWhitespace }
    return text.isEmpty || wrappers.contains { text.hasPrefix($0) }
  }

  init(text: String, payload: [UInt8], name: String, ts: Timestamp?, raw: [UInt8]) {
    self.text = text
    self.payload = payload
    self.name = name
    self.ts = ts
    self.raw = raw
  }
}

extension CodexThread {
  /// An item that may be a prompt waits for the next line: where that is the event of the same
  /// prompt, the event counts.
  mutating func flushCandidate(into sink: inout ImportedEvents) {
    guard let found = candidate else { return }
    candidate = nil
    prompt(found, into: &sink)
    _ = pairs.isTold(found.key, as: .item)
  }

  mutating func readUserMessage(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let found = CodexPrompt(event: line, name: name(line)) else {
      flushCandidate(into: &sink)
      return keep(line, into: &sink)
    }
    if let item = candidate, item.text == found.text || item.text.hasSuffix(found.text) {
      keepCandidate(item, into: &sink)
    } else {
      flushCandidate(into: &sink)
    }
    let isTold = !hasUserMessages && pairs.isTold(found.key, as: .event)
    hasUserMessages = true
    if isTold { keep(line, into: &sink) } else { prompt(found, into: &sink) }
  }

  private mutating func keepCandidate(_ item: CodexPrompt, into sink: inout ImportedEvents) {
    candidate = nil
    let event = Event("codex.message", payload: Payload(unchecked: item.raw))
    emit(event, id: item.name, ts: item.ts, into: &sink)
  }
}
