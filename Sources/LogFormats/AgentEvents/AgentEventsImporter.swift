package import Events

/// Reads rows of an agent hub's event table, whose kinds this store's own grew out of.
///
/// Rows are events already: each becomes one event, with the payload that it had. An agent is a run.
/// Known kinds stay what they are; `session.init` becomes `run.started`, the end of an agent's process
/// `run.ended`, a person's `input.text` and `input.attention_reply` an `input`, `approval_request` and
/// `input.approval` a request for permission and its decision, and `context.compacted` a compaction.
/// All others are kept as `agent-events.<kind>`: an `input.text` of another agent too, whose turn begins
/// with its `turn.start`. What rows or their document say of the agent, its team, host and project
/// besides is told in an event of its own behind the rows that are there, and so is the title: places in
/// the run are those of the table up to there. Rows are told apart by their `seq`, so that a later
/// export of the same agent adds what is new.
package struct AgentEventsImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var runs: [RunID] = []
    /// The agent that a document names for all of its rows, and what it says of it.
    var agent: String?
    var facts = RunFacts()
    /// What was told of each run, and what is still to be told.
    var told: [RunID: RunFacts] = [:]
    var untold: [RunID: RunFacts] = [:]
    var lastTS: [RunID: Timestamp] = [:]
    /// The runs that were asked for something, and did not answer yet.
    var atWork: Set<RunID> = []
  }

  package static let memoryVersion = 2

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.runs }

  package func isAtWork(_ run: RunID) -> Bool { memory.atWork.contains(run) }

  package mutating func pause(into sink: inout ImportedEvents) {
    for run in memory.runs {
      guard let news = memory.untold.removeValue(forKey: run) else { continue }
      memory.told[run] = news.merged(over: memory.told[run] ?? RunFacts())
      let event = Event.make(.runStarted) { news.write(to: &$0) }
      let id = "facts/" + StableHash.hex(event.payload.bytes)
      sink.line = LineContext()
      sink.emit(event.with(ts: memory.lastTS[run], id: id), run: run)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) { pause(into: &sink) }

  package mutating func take(_ row: JSONObject, into sink: inout ImportedEvents) {
    guard let events = row["events"], events.isArray else { return read(row, &sink) }
    memory.agent = row.text("agent_id") ?? memory.agent
    memory.facts = RunFacts(hub: row)
    events.forEachElement { element in
      if let row = JSONObject(element) { read(row, &sink) }
    }
  }

  private mutating func read(_ row: JSONObject, _ sink: inout ImportedEvents) {
    guard let kind = row.text("kind") else { return sink.report("the row has no kind") }
    guard let payload = Self.payload(of: row) else {
      return sink.report("the payload of the row is not a JSON object")
    }
    let name =
      row.text("agent_id") ?? memory.agent ?? source.run?.rawValue ?? source.name ?? "unnamed"
    let run = Conversation.run("agent-events", name)
    sink.line.id = row["seq"]?.int.map { "seq/\($0)" } ?? row.text("id") ?? StableHash.hex(row.raw)
    sink.line.ts = row.time("ts")
    sink.line.session = row.text("session_id")
    if !memory.runs.contains(run) { memory.runs.append(run) }
    payload.bytes.withUnsafeBytes { bytes in
      let members = JSONObject(try? JSONValue.parse(bytes))
      let producer = row.text("producer")
      learn(row, kind: kind, producer: producer, payload: members, of: run)
      if let ts = sink.line.ts { memory.lastTS[run] = ts }
      let event = HubRow(kind: kind, producer: producer, payload: payload, members: members).event
      note(event.kind, run)
      let known = producer.flatMap { Producer(rawValue: $0) } ?? .agent
      sink.emit(event.with(producer: known), run: run)
    }
  }

  /// The payload is a text that holds JSON, as the table has it, or the object itself.
  private static func payload(of row: JSONObject) -> Payload? {
    guard let value = row["payload_json"] ?? row["payload"] else { return .empty }
    if value.isObject { return Payload(unchecked: Array(value.raw)) }
    guard let text = value.string else { return nil }
    let payload = try? Payload(json: text)
    guard let payload, payload.bytes.contains(0x7B) else { return nil }
    return payload
  }

  /// Takes what is new of the agent.
  private mutating func learn(
    _ row: JSONObject,
    kind: String,
    producer: String?,
    payload: JSONObject?,
    of run: RunID
  ) {
    var facts = RunFacts(hub: row).merged(over: memory.facts)
    let told = memory.told[run] ?? RunFacts()
    if kind == "session.init", let payload {
      // The row tells its own facts itself.
      memory.told[run] = RunFacts(hub: payload).merged(over: told)
    } else if HubRow.isPrompt(kind, producer), told.title == nil,
      memory.untold[run]?.title == nil
    {
      facts.title = (payload?.text("body") ?? payload?.text("text")).flatMap(Conversation.title)
    }
    let untold = memory.untold[run] ?? RunFacts()
    let news = facts.news(since: untold.merged(over: memory.told[run] ?? told))
    if !news.isEmpty { memory.untold[run] = news.merged(over: untold) }
  }

  private mutating func note(_ kind: EventKind, _ run: RunID) {
    switch KnownKind(rawValue: kind.rawValue) {
    case .input, .turnStart, .toolCall: memory.atWork.insert(run)
    case .turnResult, .runEnded: memory.atWork.remove(run)
    default: break
    }
  }
}
