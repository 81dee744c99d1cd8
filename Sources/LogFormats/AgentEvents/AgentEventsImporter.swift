package import Events

/// Reads rows of an agent hub's event table, whose kinds this store's own grew out of.
///
/// Rows are events already: their payloads are kept byte for byte. An agent is a run. Known
/// kinds stay what they are, `session.init` tells of the run, `approval_request` and
/// `context.compacted` get their names here, the end of an agent's process ends the run; all
/// others are kept as `agent-events.<kind>`. Rows are told apart by their `seq`, so that a later
/// export of the same agent adds what is new.
///
/// Not known to the rows: who started a sub-agent (its frames are only flagged, and stay with
/// the run as `subagent`), which request a `usage` was for, cached input where the hub's adapter
/// left it out, the project and the host of an agent.
package struct AgentEventsImporter: LineImporter {
  package let source: LogSource
  private var found: [RunID] = []
  private var started: Set<String> = []
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
    func emit(_ event: Event, _ id: String) {
      let event = event.with(ts: ts, session: session, id: id)
      sink.append(ImportedEvents.Entry(run: run, event: event))
    }
    if started.insert(name).inserted {
      if !found.contains(run) { found.append(run) }
      emit(Event.runStarted(agent: row.text("agent")), "run.started")
    }
    let producer = row.text("producer").flatMap { Producer(rawValue: $0) } ?? .agent
    let known = KnownKind(rawValue: kind)
    let isOwn = known != nil && known != .runStarted && known != .runEnded
    var event = Event(
      isOwn ? EventKind(rawValue: kind) : EventKind(rawValue: "agent-events." + kind),
      payload: payload,
      producer: producer
    )
    switch kind {
    case "context.compacted": event.kind = EventKind(.compaction)
    case "approval_request": event.kind = EventKind(.permissionRequest)
    case "session.init", "lifecycle": break
    default: return emit(event, id)
    }
    emit(event, id)
    let derived = payload.bytes.withUnsafeBytes { bytes -> Event? in
      guard let facts = JSONObject(try? JSONValue.parse(bytes)) else { return nil }
      return kind == "session.init" ? Self.start(facts) : Self.end(facts)
    }
    if let derived { emit(derived, id + "/run") }
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
    let agent = facts.text("engine") ?? facts.text("agent")
    let model = facts.text("model")
    let project = facts.text("cwd")
    guard agent != nil || model != nil || project != nil else { return nil }
    return .runStarted(agent: agent, model: model, project: project)
  }

  private static func end(_ facts: JSONObject) -> Event? {
    let reason = facts.text("reason")
    switch facts.text("phase") ?? facts.text("status") ?? facts.text("state") {
    case "exited", "stopped", "completed": return .runEnded(.stop, by: "agent", reason: reason)
    case "crashed": return .runEnded(.crash, by: "agent", reason: reason)
    case "failed": return .runEnded(.fail, by: "agent", reason: reason)
    case "terminated", "killed": return .runEnded(.terminate, by: "hub", reason: reason)
    default: return nil
    }
  }

  package func write(to json: inout JSONWriter) {
    json.member("runs", found.map(\.rawValue))
    json.member("started", started.sorted())
    json.member("agent", ifPresent: agent)
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    state["runs"]?.forEachElement { name in
      if let run = name.text.flatMap({ RunID(rawValue: $0) }) { found.append(run) }
    }
    state["started"]?.forEachElement { if let name = $0.text { started.insert(name) } }
    agent = state.text("agent")
    return true
  }
}
