package import Events

/// Reads the chats of Gemini CLI, a document that is written again with each message, or lines.
///
/// A message is told as far as it is known: its words once it has any, its calls once they are
/// there, their results once they are final, its tokens once they are counted. A message that
/// comes again, with the whole document, in a list of messages or on a line of its own, adds what is
/// new of it; other tokens correct those that it had. What a rewind takes back was spent all the
/// same, and stays.
///
/// The chat of a sub-agent lies in a folder named by the session that called it
/// (`chats/<session>/…`): it is a helper of that run. Elsewhere its caller is not known. A log may
/// have several sessions behind one another.
///
/// The project is named by the metadata, by a file beside the chats, or by the program's own words
/// at the beginning, in this order.
///
/// Not known to these chats: when a turn or the session is over, why the model stopped, how long a
/// call waited for a person. So a turn ends with the next prompt, with the note that it was
/// cancelled, with an error, or when the run is sealed.
///
/// Dropped as decoration: of calls `displayName`, `description`, `resultDisplay` and
/// `renderOutputAsMarkdown`; of the metadata `lastUpdated`. The rest is kept as `gemini.<type>`.
package struct GeminiImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    var sessions: [String: GeminiSession] = [:]
    /// The session that the next message belongs to.
    var current = ""
  }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.sessions.values.filter(\.hasBegun).map(\.conversation.run)
      .sorted { $0.rawValue < $1.rawValue }
  }

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    if let target = object.text("$rewindTo") {
      return rewind(to: target, object, into: &sink)
    }
    if let changes = object.object("$set") {
      return update(changes, isChange: true, into: &sink)
    }
    if object["sessionId"] != nil || object["messages"] != nil {
      return update(object, isChange: false, into: &sink)
    }
    // Another program's list of what a chat has, each entry with the message that it is from.
    if object["stream_id"] != nil, let message = object.object("metadata"), message["type"] != nil {
      enter(object.text("session_id"), object, into: &sink)
      return read(message, into: &sink)
    }
    read(object, into: &sink)
  }

  /// At rest the next message may still be of the open turn.
  package mutating func atRest(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.conversation.rest(endsDoneTurns: false, into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.conversation.beforeSeal(into: &sink) }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.sessions.values.contains { $0.conversation.run == run && $0.conversation.isAtWork }
  }

  /// The document is there again: what was read of it is remembered.
  package mutating func startOver() {}

  // MARK: Metadata

  private mutating func update(
    _ metadata: JSONObject,
    isChange: Bool,
    into sink: inout ImportedEvents
  ) {
    if !isChange || memory.current.isEmpty {
      enter(metadata.text("sessionId"), metadata, into: &sink)
    }
    metadata["messages"]?.forEachElement { element in
      if let message = JSONObject(element) { read(message, isHistory: isChange, into: &sink) }
    }
    guard var session = memory.sessions[memory.current] else { return }
    var facts = RunFacts(title: metadata.text("summary"))
    if isChange { facts.project = Self.project(metadata) }
    guard !facts.isEmpty else { return }
    if session.hasBegun {
      let words = [facts.title, facts.project].compactMap { $0 }.joined(separator: "\n")
      sink.line.id = "summary/" + StableHash.hex(words.utf8)
      session.conversation.tell(facts, into: &sink)
    } else {
      session.facts = facts.merged(over: session.facts)
    }
    memory.sessions[memory.current] = session
  }

  /// Goes to a session, a new one or one that was met before.
  private mutating func enter(
    _ name: String?,
    _ metadata: JSONObject?,
    into sink: inout ImportedEvents
  ) {
    let name = name ?? (memory.current.isEmpty ? source.name ?? "unnamed" : memory.current)
    memory.current = name
    guard memory.sessions[name] == nil else { return }
    let isHelper = metadata?["kind"]?.equals("subagent") == true
    let caller = isHelper ? source.folder(after: "chats") : nil
    var session = GeminiSession(
      conversation: Conversation(
        format: "gemini",
        run: Conversation.run("gemini", name),
        session: caller ?? name
      )
    )
    session.caller = caller
    session.start = metadata?.time("startTime")
    session.facts.project = metadata.flatMap(Self.project) ?? source.project
    memory.sessions[name] = session
  }

  private static func project(_ metadata: JSONObject) -> String? {
    var project: String?
    metadata["directories"]?.forEachElement { project = project ?? $0.text }
    return project
  }

  private mutating func rewind(
    to target: String,
    _ object: JSONObject,
    into sink: inout ImportedEvents
  ) {
    guard var session = memory.sessions[memory.current], session.hasBegun else { return }
    sink.line.id = "rewind/" + target
    session.conversation.endTurn(into: &sink)
    session.conversation.keep("rewind", object.raw, into: &sink)
    memory.sessions[memory.current] = session
  }

  // MARK: Messages

  /// Reads a message; `isHistory` says that it stands in a list of what the model is shown, in which
  /// the program may have put words of its own.
  private mutating func read(
    _ message: JSONObject,
    isHistory: Bool = false,
    into sink: inout ImportedEvents
  ) {
    guard let type = message.text("type") else { return sink.report("the message has no type") }
    if memory.sessions[memory.current] == nil { enter(nil, nil, into: &sink) }
    guard var session = memory.sessions[memory.current] else { return }
    if session.hasBegun {
      session.read(message, type: type, isHistory: isHistory, into: &sink)
    } else {
      session.held.hold(message)
      if session.begins(with: message, type: type) {
        session.begin(named: memory.current, into: &sink)
      }
    }
    memory.sessions[memory.current] = session
  }
}
