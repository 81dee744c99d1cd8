package import Events

/// Reads the session logs of pi: a tree of entries, in the order in which they were made.
///
/// The branches of the tree are all read: what a person went back from was spent all the same.
/// A session that was forked begins with the entries that it came from, under their old times: they
/// become events of the run that lived them, with the ids that its own log gives them, and are
/// stored once, whichever log is read first.
///
/// A model that stops for another reason than a tool has ended its turn. A request is billed by the
/// entry that reports it: a reply, a tool that asked a model of its own, a compaction, the summary of
/// a branch.
///
/// Not known to the format: when a session is over, who called it, how long a call waited for a
/// person, when a limit resets. A failed request is tried again without a word: it is an
/// `error`, and fails its turn only where nothing follows it.
///
/// Dropped as decoration: the signatures of texts and thoughts. What has no kind of its own,
/// such as a command that a person ran or a label, is kept as `pi.<type>`.
package struct PiImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    /// The session whose log this is.
    var session: PiSession?
    /// The sessions that entries of this log belong to, by their ids.
    var conversations: [String: Conversation] = [:]
    /// The entries before the first message.
    var held = HeldObjects()
    var hasBegun = false
    /// The id of the entry before: old versions give entries none.
    var previous = ""
  }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.conversations.values.map(\.run).sorted { $0.rawValue < $1.rawValue }
  }

  package mutating func take(_ entry: JSONObject, into sink: inout ImportedEvents) {
    guard let type = entry.text("type") else { return sink.report("the entry has no type") }
    if type == "session" {
      let id = entry.text("id") ?? StableHash.hex(entry.raw)
      memory.previous = id
      memory.hasBegun = false
      memory.held = HeldObjects()
      let session = PiSession(header: entry, id: id)
      memory.session = session
      guard let start = session.start else { return }
      return PiSession.lineage.note(id, start: start, parent: session.parent, &sink.facts)
    }
    guard !memory.hasBegun else { return read(entry, type: type, into: &sink) }
    memory.held.hold(entry)
    guard Self.begins(type) || memory.held.isFull else { return }
    memory.hasBegun = true
    var held = memory.held
    memory.held = HeldObjects()
    held.release { entry in read(entry, type: entry.text("type") ?? "", into: &sink) }
  }

  /// Whether something was said; settings and an extension's notes are not.
  private static func begins(_ type: String) -> Bool {
    ["message", "compaction", "branch_summary"].contains(type)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    forEach { $0.rest(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    forEach { $0.beforeSeal(into: &sink) }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.conversations.values.contains { $0.run == run && $0.isAtWork }
  }

  // MARK: Entries

  private mutating func read(_ entry: JSONObject, type: String, into sink: inout ImportedEvents) {
    let id = entry.text("id") ?? StableHash.hex(entry.raw, seed: memory.previous)
    memory.previous = id
    sink.line.id = id
    sink.line.ts = entry.time("timestamp")
    var session = memory.session ?? PiSession(id: source.name ?? id)
    let owner = session.owner(of: id, into: &sink)
    memory.session = session
    var conversation =
      memory.conversations[owner]
      ?? Conversation(format: "pi", run: Conversation.run("pi", owner), session: owner)
    if !conversation.isStarted { Self.start(&conversation, of: owner, from: session, &sink) }
    conversation.read(pi: entry, type: type, into: &sink)
    memory.conversations[owner] = conversation
  }

  /// Begins a run, which another log may have begun already: what is known of it besides is told
  /// under an id of this log's own, so that it is not lost then.
  private static func start(
    _ conversation: inout Conversation,
    of owner: String,
    from session: PiSession,
    _ sink: inout ImportedEvents
  ) {
    let line = sink.line
    var facts = RunFacts()
    if owner == session.id {
      sink.line.ts = session.start ?? line.ts
      facts.project = session.project
      facts.forkedFrom = session.parent.map { Conversation.run("pi", $0) }
    } else if !PiSession.lineage.isKnown(owner, sink.facts) {
      facts.project = session.project
    }
    sink.line.id = session.id
    conversation.tell(RunFacts(agent: "pi"), into: &sink)
    if !facts.isEmpty { conversation.tell(facts, into: &sink) }
    sink.line = line
  }

  private mutating func forEach(_ body: (inout Conversation) -> Void) {
    for session in memory.conversations.keys.sorted() {
      if var conversation = memory.conversations[session] {
        body(&conversation)
        memory.conversations[session] = conversation
      }
    }
  }
}
