package import Events

/// Reads the transcripts of Antigravity's conversations: one step a line.
///
/// The calls that a response of the planner asks for have no ids; the steps of tools that follow
/// are their results, in order. A step of a tool that nothing asked for is a call of its own, under
/// its type. A response that asks for nothing ends its turn.
///
/// The conversation is the folder that the transcript is in (`brain/<id>/…`), else the run is named
/// by the file and a hash of its first line.
///
/// Not known to these transcripts: tokens and costs (Antigravity keeps them elsewhere, in a form of
/// its own), the model but by the name that people see, when they choose it; parts of seconds;
/// whether a person refused a call; what failed inside a tool that ran to its end; the end of a
/// conversation; the project.
///
/// Dropped as decoration: `CONVERSATION_HISTORY`. Other steps of the system are kept as
/// `antigravity.<type>`, and so are steps that are not over yet.
package struct AntigravityImporter: LineImporter {
  package let source: LogSource
  private var transcript: Transcript?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ step: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = step.text("type"), let index = step.count("step_index") else {
      return sink.report(line: number, "the step has no type or no index")
    }
    // A step may be written again with another status, under the same index.
    let id = "\(index)/" + StableHash.hex(step.raw)
    let ts = step.time("created_at")
    begin(step, ts: ts, &sink)
    let status = step.text("status")
    switch type {
    case "CONVERSATION_HISTORY":
      return
    case "USER_INPUT":
      readPrompt(step, id: id, ts: ts, &sink)
    case "PLANNER_RESPONSE":
      readResponse(step, id: id, ts: ts, &sink)
    case "CHECKPOINT":
      let event = Event.make(.compaction) { $0.raw("compact", step.raw) }
      transcript?.emit(event, id: id, ts: ts, into: &sink)
    case "ERROR_MESSAGE":
      let words = step.text("content")
      transcript?.fail(type: "antigravity_error", message: words, id: id, ts: ts, into: &sink)
    case _ where step["source"]?.equals("MODEL") == true && Self.isOver(status):
      readResult(step, type, status, id: id, ts: ts, &sink)
    default:
      transcript?.keep(type, step.raw, id: id, ts: ts, into: &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    transcript?.endTurnIfDone(into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    transcript?.endTurn(into: &sink)
  }

  private static func isOver(_ status: String?) -> Bool {
    ["DONE", "ERROR", "CANCELED", "CANCELLED"].contains(status)
  }

  private mutating func begin(
    _ step: JSONObject,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let hash = StableHash.hex(step.raw)
    let name = source.folder(after: "brain") ?? source.name.map { $0 + "-" + hash } ?? hash
    let run = Transcript.run("antigravity", name)
    transcript = Transcript(format: "antigravity", run: run, session: name)
    transcript?.start(ts: ts, into: &sink) { $0.member("agent", "antigravity") }
  }

  // MARK: Steps

  private mutating func readPrompt(
    _ step: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let words = step["content"]?.string ?? ""
    transcript?.prompt(
      Payload.object { json in
        json.member("text", Self.part(of: words, in: "USER_REQUEST") ?? words)
      },
      id: id,
      ts: ts,
      into: &sink
    )
    guard let change = Self.part(of: words, in: "USER_SETTINGS_CHANGE"),
      let model = Self.model(in: change)
    else { return }
    transcript?.use(model: model, id: id, ts: ts, into: &sink)
  }

  private mutating func readResponse(
    _ step: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    if let thought = step.text("thinking") {
      transcript?.say(.thought, thought, id: id + "/thinking", ts: ts, into: &sink)
    }
    if let text = step.text("content") {
      transcript?.say(.text, text, id: id + "/content", ts: ts, into: &sink)
    }
    var i = 0
    step["tool_calls"]?.forEachElement { element in
      i += 1
      transcript?.call(
        "\(id)/\(i)",
        name: element["name"]?.text,
        input: element["args"],
        id: "\(id)/\(i)",
        ts: ts,
        into: &sink
      )
    }
    if transcript?.turn == nil { transcript?.step(.words, id: id, ts: ts) }
    if i == 0 { transcript?.turn?.stopReason = "end_turn" }
  }

  private mutating func readResult(
    _ step: JSONObject,
    _ type: String,
    _ status: String?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let asked = transcript?.openCalls.first
    if asked == nil {
      transcript?.call(id, name: type.lowercased(), input: nil, id: id, ts: ts, into: &sink)
    }
    let kind: Transcript.ResultKind =
      status == "DONE" ? .success : status == "ERROR" ? .failure : .cancelled
    transcript?.result(
      of: asked ?? id,
      kind,
      content: step["content"],
      id: id + "/result",
      ts: ts,
      into: &sink
    )
  }

  // MARK: Words

  /// What stands between `<tag>` and `</tag>`.
  private static func part(of text: String, in tag: String) -> String? {
    let open = "<\(tag)>"
    let close = "</\(tag)>"
    guard let start = text.firstRange(of: open),
      let end = text[start.upperBound...].firstRange(of: close)
    else { return nil }
    var part = text[start.upperBound..<end.lowerBound]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }

  /// The model that a person has chosen: `… Model Selection … from None to Gemini 3 (High). …`.
  private static func model(in change: String) -> String? {
    guard let setting = change.firstRange(of: "`Model Selection`"),
      let to = change[setting.upperBound...].firstRange(of: " to ")
    else { return nil }
    let rest = change[to.upperBound...].prefix { $0 != "\n" }
    let end = rest.firstRange(of: ". ")?.lowerBound ?? rest.endIndex
    var name = rest[..<end]
    if name.last == "." { name.removeLast() }
    return name.isEmpty ? nil : String(name)
  }

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    return transcript != nil || state["transcript"] == nil
  }
}
