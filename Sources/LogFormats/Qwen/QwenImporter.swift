package import Events

/// Reads the chats of Qwen Code: one of the session, and one of each sub-agent.
///
/// A request stands twice in a session's chat, as what the client measured (`ui_telemetry`) and
/// with the message that it gave; the one that comes first is billed, and the other one with its
/// counts is not. What only the client measured was a request too: a summary, a sub-agent's.
/// A sub-agent's requests stand in the chat of the session and, where they gave words, in its
/// own; they are billed once to it, known by their counts.
///
/// What a rewind takes back was spent all the same, and stays. A branch begins with the records of
/// the session that it came from, which say so (`forkedFrom`): they become events of that session's
/// run, with the ids that its own chat gives them, and are stored once, whichever is read first.
///
/// Not known to these chats: when a turn or the session is over, but where a client says so
/// (`turn_result`, `branch_checkpoint`), and who called the sub-agent of a sub-agent. So a turn
/// ends with the next prompt, or when the run is sealed.
///
/// Dropped as decoration: of calls what is shown of them (`resultDisplay`), of compactions the
/// history that remains, of files their snapshots (`file_history_snapshot`,
/// `attribution_snapshot`). The rest is kept as `qwen.<type>`.
package struct QwenImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    /// The session whose chat this is.
    var session: String?
    /// The sub-agent whose own chat this is.
    var agent: String?
    /// The session that this one was forked from.
    var parent: String?
    var hasOwnRecord = false
    /// What names its first record.
    var root: String?
    /// The sessions that records of this chat belong to, by their ids.
    var sessions: [String: QwenSession] = [:]
    /// The records before the first message.
    var held = HeldObjects()
    var hasBegun = false
  }

  static let lineage = SessionLineage(format: "qwen")

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.sessions.values.flatMap { session in
      [session.conversation.run] + session.helpers.values.map(\.run)
    }.sorted { $0.rawValue < $1.rawValue }
  }

  package mutating func take(_ record: JSONObject, into sink: inout ImportedEvents) {
    guard let type = record.text("type") else { return sink.report("the record has no type") }
    guard !memory.hasBegun else { return read(record, type: type, into: &sink) }
    memory.held.hold(record)
    guard type != "system" || memory.held.isFull else { return }
    memory.hasBegun = true
    var held = memory.held
    memory.held = HeldObjects()
    held.release { record in read(record, type: record.text("type") ?? "", into: &sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.forEach { $0.rest(into: &sink) } }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.forEach { $0.beforeSeal(into: &sink) } }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.sessions.values.contains { session in
      ([session.conversation] + session.helpers.values).contains { $0.run == run && $0.isAtWork }
    }
  }

  // MARK: Records

  private mutating func read(
    _ record: JSONObject,
    type: String,
    into sink: inout ImportedEvents
  ) {
    sink.line.ts = record.time("timestamp")
    sink.line.id = Self.id(of: record, type: type)
    let own = memory.session ?? record.text("sessionId") ?? source.name ?? "unnamed"
    if memory.session == nil {
      memory.session = own
      memory.agent = record.isTrue("isSidechain") ? record.text("agentId") : nil
    }
    let owner = owner(of: record, own, into: &sink)
    var session = memory.sessions[owner] ?? QwenSession(owner, agent: memory.agent)
    if !session.conversation.isStarted {
      start(&session.conversation, of: owner, own, record, into: &sink)
    }
    session.read(record, type: type, into: &sink)
    memory.sessions[owner] = session
  }

  /// What names a record in its own chat and in the copies of forks.
  ///
  /// A message may come in several records of one id, and each of them twice.
  private static func id(of record: JSONObject, type: String) -> String {
    guard let uuid = record.text("uuid") else { return StableHash.hex(record.raw) }
    guard type == "assistant" else { return uuid }
    var seed = record.text("timestamp") ?? ""
    for part in [record["message"], record["usageMetadata"]] {
      if let part { seed = StableHash.hex(part.raw, seed: seed) }
    }
    return uuid + "/" + seed
  }

  /// The session that lived a record.
  private mutating func owner(
    of record: JSONObject,
    _ own: String,
    into sink: inout ImportedEvents
  ) -> String {
    guard memory.agent == nil, let uuid = record.text("uuid") else { return own }
    let source = record.object("forkedFrom")?.text("sessionId")
    if let source { memory.parent = memory.parent ?? source }
    if source == nil, !memory.hasOwnRecord, let ts = sink.line.ts {
      memory.hasOwnRecord = true
      Self.lineage.note(own, start: ts, parent: memory.parent, &sink.facts)
    }
    let root = memory.root ?? uuid
    memory.root = root
    var place = own
    if let source, !Self.lineage.keepsHistory(own, sink.facts) { place = source }
    return Self.lineage.owner(
      of: SessionLineage.Entry(id: uuid, ts: sink.line.ts, root: root),
      in: place,
      isCopied: source != nil,
      { Conversation.run("qwen", $0) },
      into: &sink
    )
  }

  /// Begins a run, which another log may have begun already: what is known of it besides is told
  /// under an id of this chat's own, so that it is not lost then.
  private func start(
    _ conversation: inout Conversation,
    of owner: String,
    _ own: String,
    _ record: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let line = sink.line
    sink.line.id = memory.agent.map { "agent/" + $0 } ?? "session/" + own
    var facts = RunFacts()
    if owner == own || !Self.lineage.isKnown(owner, sink.facts) {
      facts.project = record.text("cwd")
      facts.version = record.text("version")
      facts.branch = record.text("gitBranch")
    }
    if owner == own {
      facts.title = record.text("agentName")
      facts.agentType = record.text("agentName")
      facts.parent = memory.agent.map { _ in Conversation.run("qwen", own) }
      facts.forkedFrom = memory.parent.map { Conversation.run("qwen", $0) }
    }
    conversation.tell(RunFacts(agent: "qwen-code"), into: &sink)
    if !facts.isEmpty { conversation.tell(facts, into: &sink) }
    sink.line = line
  }
}
