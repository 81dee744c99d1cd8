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
/// the session that it came from, which say so: their requests are `copied`, whether that session
/// is in the store or not.
///
/// Not known to these chats: when a turn or the session is over, but where a client says so
/// (`turn_result`, `branch_checkpoint`), and who called the sub-agent of a sub-agent. So a turn
/// ends with the next prompt, or when the run is sealed.
///
/// Dropped as decoration: of calls what is shown of them (`resultDisplay`), of compactions the
/// history that remains, of files their snapshots (`file_history_snapshot`,
/// `attribution_snapshot`). The rest is kept as `qwen.<type>`.
package struct QwenImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  /// The sub-agents that this chat has told requests of.
  var helpers: [String: Transcript] = [:]
  var requests = QwenRequests()
  /// The sub-agent whose own chat this is.
  private(set) var agent: String?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    (transcript.map { [$0.run] } ?? [])
      + helpers.values.map(\.run).sorted { $0.rawValue < $1.rawValue }
  }

  package mutating func take(
    _ record: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = record.text("type") else {
      return sink.report(line: number, "the record has no type")
    }
    let ts = record.time("timestamp")
    begin(record, ts: ts, &sink)
    // A message may come in several records of one id, and each of them twice.
    let hash = StableHash.hex(record.raw)
    let id = record.text("uuid").map { type == "assistant" ? $0 + "/" + hash : $0 } ?? hash
    read(record, type: type, id: id, ts: ts, &sink)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    transcript?.endTurnIfDone(into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    transcript?.endTurn(into: &sink)
  }

  /// Tells of the run, once its name is known.
  private mutating func begin(
    _ record: JSONObject,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let session = record.text("sessionId") ?? source.name ?? "unnamed"
    agent = record.isTrue("isSidechain") ? record.text("agentId") : nil
    var made =
      agent.map { Self.helper($0, of: session) }
      ?? Transcript(format: "qwen", run: Transcript.run("qwen", session), session: session)
    made.start(ts: ts, into: &sink) { json in
      json.member("agent", "qwen-code")
      json.member("project", ifPresent: record.text("cwd"))
      json.member("version", ifPresent: record.text("version"))
      json.member("title", ifPresent: record.text("agentName"))
    }
    transcript = made
  }

  static func helper(_ agent: String, of session: String) -> Transcript {
    Transcript(
      format: "qwen",
      run: Transcript.run("qwen", session + "/" + agent),
      parent: Transcript.run("qwen", session),
      session: session
    )
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.member("agent", ifPresent: agent)
    json.object("helpers") { json in
      for (name, helper) in helpers.sorted(by: { $0.key < $1.key }) {
        json.object(name) { helper.write(to: &$0) }
      }
    }
    json.object("requests") { requests.write(to: &$0) }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    agent = state.text("agent")
    state["helpers"]?.forEachMember { name, value in
      helpers[String(decoding: name, as: UTF8.self)] = Transcript(JSONObject(value))
    }
    requests = QwenRequests(state.object("requests"))
    return transcript != nil || state["transcript"] == nil
  }
}
