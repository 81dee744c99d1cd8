internal import Events

extension GeminiSession {
  /// Whether a message begins the conversation: the program's own words and notes do not.
  func begins(with message: JSONObject, type: String) -> Bool {
    switch type {
    case "gemini", "model", "error": true
    case "user": GeminiPrompt(message).isConversation
    default: held.isFull
    }
  }

  /// Begins the run, and reads what was held.
  mutating func begin(named name: String, into sink: inout ImportedEvents) {
    hasBegun = true
    if facts.project == nil {
      // A helper works where its caller does.
      facts.project = caller.flatMap { sink.facts[Self.projectKey($0)] } ?? heldProject
    }
    if let project = facts.project { sink.facts[Self.projectKey(name)] = project }
    sink.line.id = "session"
    sink.line.ts = start
    facts.parent = caller.map { Conversation.run("gemini", $0) }
    conversation.tell(RunFacts(agent: "gemini-cli"), into: &sink)
    if !facts.isEmpty { conversation.tell(facts, into: &sink) }
    var held = held
    self.held = HeldObjects()
    held.release { message in
      // What began the conversation is not history.
      read(message, type: message.text("type") ?? "", isHistory: false, into: &sink)
    }
  }

  private static func projectKey(_ session: String) -> String { "gemini/project/" + session }

  /// The folder that the program's own words name.
  private var heldProject: String? {
    var project: String?
    var held = held
    held.release { project = project ?? GeminiPrompt($0).folder }
    return project
  }

  /// Reads a message, or what is new of it.
  mutating func read(
    _ message: JSONObject,
    type: String,
    isHistory: Bool,
    into sink: inout ImportedEvents
  ) {
    let hash = StableHash.hex(message.raw)
    let id = message.text("id") ?? hash
    var progress = told[id] ?? GeminiProgress()
    // A log that is read again has the older copies again.
    guard !progress.seen.contains(hash) else { return }
    sink.line.id = id
    sink.line.ts = message.time("timestamp")
    // A summary's answer is nobody's: a reply has a model or tokens.
    let isMade =
      isHistory && message["model"] == nil && message["tokens"] == nil
      && message["toolCalls"] == nil
    if type == "gemini" || type == "model", !isMade {
      conversation.readReply(message, &progress, into: &sink)
      conversation.count(message, &progress, into: &sink)
    } else if progress.seen.isEmpty {
      // An older prompt that was changed is not asked again.
      conversation.read(gemini: message, type: type, into: &sink)
    }
    progress.seen.insert(hash)
    told[id] = progress
  }
}
