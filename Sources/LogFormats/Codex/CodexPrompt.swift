internal import Events

/// Something that a user, or the agent above, asks for.
struct CodexPrompt: Codable {
  /// The text that it is compared by.
  var text: String
  /// The payload of its event, as JSON.
  var payload: String
  var name: String
  var ts: Timestamp?
  /// The line, if it is an item that may turn out to be the twin of an event, as JSON.
  var raw = ""

  var key: String { "prompt/" + StableHash.hex(text.utf8) }

  /// What the run may be called by: editors put what they know before the words of the person.
  var title: String {
    for mark in ["## My request for Codex:", "## My request:"] {
      if let found = text.firstRange(of: mark) { return String(text[found.upperBound...]) }
    }
    return text
  }

  /// Reads the event of a prompt; `nil` where the program itself speaks.
  init?(event line: CodexLine, name: String) {
    guard line.payload["kind"].map({ $0.equals("plain") }) ?? true else { return nil }
    let text = line.payload["message"]?.string ?? ""
    guard text.isEmpty || !Self.isWrapper(text) else { return nil }
    self.text = text
    self.name = name
    ts = line.ts
    payload = Self.json { json in
      json.member("text", text)
      for (key, name) in Self.attachments {
        if let list = line.payload[name], list.raw.count > 2 { json.raw(key, list.raw) }
      }
    }
  }

  private static let attachments: [(String, StaticString)] = [
    ("images", "images"), ("local_images", "local_images"), ("text_elements", "text_elements"),
  ]

  /// Reads a message of the user; `nil` where it only holds what the program wraps in tags.
  init?(item line: CodexLine, name: String) {
    guard line.payload["role"]?.equals("user") == true, Self.isOfUser(line.payload) else {
      return nil
    }
    self.init(content: line.payload["content"], line, name)
    raw = String(decoding: line.payload.raw, as: UTF8.self)
  }

  /// Reads an item `UserMessage` of a paginated log.
  init?(completed item: JSONObject, _ line: CodexLine, name: String) {
    self.init(content: item["content"], line, name)
  }

  private init?(content: JSONValue?, _ line: CodexLine, _ name: String) {
    guard let content else { return nil }
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
    payload = Self.json { json in
      if texts.count == 1 && !hasOtherBlocks {
        json.member("text", texts[0])
      } else {
        json.raw("content", content.raw)
      }
    }
  }

  /// Whether a user has said any of a message, where the log says who has.
  private static func isOfUser(_ message: JSONObject) -> Bool {
    let kinds = (message["internal_chat_message_metadata_passthrough"]?["content_item_kinds"]).texts
    return kinds.isEmpty || kinds.contains { $0.hasPrefix("user.") }
  }

  private static func json(_ body: (inout JSONWriter) -> Void) -> String {
    String(decoding: Payload.object(body).bytes, as: UTF8.self)
  }

  private static let wrappers = [
    "<environment_context>", "<user_instructions>", "<turn_aborted>", "<user_shell_command>",
    "<permissions instructions>", "<recommended_plugins>", "<subagent_notification>", "<skill>",
    "<collaboration_mode>", "<multi_agent_mode>", "<apps_instructions>", "<INSTRUCTIONS>",
    "# AGENTS.md instructions", "<hook_prompt", "<send_user_message_question_reply>",
  ]

  private static func isWrapper(_ text: String) -> Bool {
    let text = text.drop { $0.isWhitespace }
    return text.isEmpty || wrappers.contains { text.hasPrefix($0) }
  }
}

extension CodexThread {
  /// An item that may be a prompt waits for the next line: where that is the event of the same
  /// prompt, the event counts.
  mutating func flushCandidate(into sink: inout ImportedEvents) {
    guard let found = candidate else { return }
    candidate = nil
    if pairs.isTold(found.key, as: .item) { return keep(found, into: &sink) }
    prompt(found, into: &sink)
    pairs.note(found.key, as: .item)
  }

  /// Keeps the item of a prompt that was reported in another form.
  private mutating func keep(_ item: CodexPrompt, into sink: inout ImportedEvents) {
    let event = Event("codex.message", payload: Payload(unchecked: Array(item.raw.utf8)))
    emit(event, id: item.name, ts: item.ts, into: &sink)
  }

  mutating func readUserMessage(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let found = CodexPrompt(event: line, name: sink.line.id) else {
      flushCandidate(into: &sink)
      conversation.beforeOtherLine(into: &sink)
      return keep(line, into: &sink)
    }
    if let item = candidate, item.text == found.text || item.text.hasSuffix(found.text) {
      if !isExplicit { endTurn(into: &sink) }
      candidate = nil
      keep(item, into: &sink)
    } else {
      flushCandidate(into: &sink)
    }
    let isTold = !hasUserMessages && pairs.isTold(found.key, as: .event)
    hasUserMessages = true
    if isTold { keep(line, into: &sink) } else { prompt(found, into: &sink) }
  }
}

extension JSONValue? {
  /// The strings of an array.
  var texts: [String] {
    var texts: [String] = []
    self?.forEachElement { texts.append($0.string ?? "") }
    return texts
  }
}
