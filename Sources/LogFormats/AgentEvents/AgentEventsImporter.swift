package import Events

/// Reads rows of an agent hub's event table, whose kinds this store's own grew out of.
///
/// Rows are events already: each is one event, and its payload is kept byte for byte. An agent
/// is a run. Known kinds stay what they are, `session.init` becomes `run.started`, the end of an
/// agent's process `run.ended`, each with the payload that it had; `approval_request` and
/// `context.compacted` get their names here; all others are kept as `agent-events.<kind>`. Rows
/// are told apart by their `seq`, so that a later export of the same agent adds what is new.
///
/// Not known to the rows: who started a sub-agent (its frames are only flagged, and stay with
/// the run as `subagent`), which request a `usage` was for, cached input where the hub's adapter
/// left it out, the project and the host of an agent.
package struct AgentEventsImporter: LineImporter {
  package let source: LogSource
  private var found: [RunID] = []
  /// The agent that a document names for all of its rows.
  private var agent: String?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { found }

  package mutating func take(
    _ row: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    if let events = row["events"], events.isArray {
      agent = row.text("agent_id") ?? agent
      return events.forEachElement { element in
        if let row = JSONObject(element) { read(row, number, &sink) }
      }
    }
    read(row, number, &sink)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {}

  private mutating func read(_ row: JSONObject, _ number: Int, _ sink: inout ImportedEvents) {
    guard let kind = row.text("kind") else {
      return sink.report(line: number, "the row has no kind")
    }
    guard let payload = Self.payload(of: row) else {
      return sink.report(line: number, "the payload of the row is no JSON object")
    }
    let name = row.text("agent_id") ?? agent ?? source.run?.rawValue ?? source.name ?? "unnamed"
    let run = Transcript.run("agent-events", name)
    let id = row["seq"]?.int.map { "seq/\($0)" } ?? row.text("id") ?? StableHash.hex(row.raw)
    let ts = row.time("ts")
    let session = row.text("session_id")
    if !found.contains(run) { found.append(run) }
    let producer = row.text("producer").flatMap { Producer(rawValue: $0) } ?? .agent
    let event = Self.event(kind, payload).with(ts: ts, producer: producer, session: session, id: id)
    sink.append(ImportedEvents.Entry(run: run, event: event))
  }

  /// The one event that a row is, so that places in the run are those of the table.
  private static func event(_ kind: String, _ payload: Payload) -> Event {
    switch kind {
    case "context.compacted": return Event(EventKind(.compaction), payload: payload)
    case "approval_request": return Event(EventKind(.permissionRequest), payload: payload)
    case "session.init", "lifecycle":
      let told = payload.bytes.withUnsafeBytes { bytes -> Event? in
        guard let facts = JSONObject(try? JSONValue.parse(bytes)) else { return nil }
        return kind == "session.init" ? start(facts) : end(facts)
      }
      if let told { return told }
    case _ where KnownKind(rawValue: kind) != nil:
      return Event(EventKind(rawValue: kind), payload: payload)
    default: break
    }
    return Event(EventKind(rawValue: "agent-events." + kind), payload: payload)
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

  private static func start(_ facts: JSONObject) -> Event? {
    .make(.runStarted) { json in
      json.member("agent", ifPresent: facts.text("engine") ?? facts.text("agent"))
      json.member("model", ifPresent: facts.text("model"))
      json.member("project", ifPresent: facts.text("cwd"))
      json.raw("init", facts.raw)
    }
  }

  private static func end(_ facts: JSONObject) -> Event? {
    let cause: Event.EndCause
    switch facts.text("phase") ?? facts.text("status") ?? facts.text("state") {
    case "exited", "stopped", "completed": cause = .stop
    case "crashed": cause = .crash
    case "failed": cause = .fail
    case "terminated", "killed": cause = .terminate
    default: return nil
    }
    return .make(.runEnded) { json in
      json.member("cause", cause.rawValue)
      json.member("by", "hub")
      json.member("reason", ifPresent: facts.text("reason"))
      json.raw("lifecycle", facts.raw)
    }
  }

  package func write(to json: inout JSONWriter) {
    json.member("runs", found.map(\.rawValue))
    json.member("agent", ifPresent: agent)
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    state["runs"]?.forEachElement { name in
      if let run = name.text.flatMap({ RunID(rawValue: $0) }) { found.append(run) }
    }
    agent = state.text("agent")
    return true
  }
}
