package import Events

/// Reads the wire logs of Kimi Code: one of the main agent, one of each sub-agent.
///
/// Tokens stand twice, at the end of a step and in the `usage.record` after it. The record is
/// billed, as it has the model, under the step's id; a step is where no record of its counts
/// follows before the next step, or before the log is at rest.
/// Records of the scope `session` are requests beside the turns, such as compactions.
///
/// The folders of a wire log name its session and its agent (`<session>/agents/<agent>/`): agents
/// beside `main` are its helpers, also where another helper called them. A step that a copy of the
/// log elsewhere has billed is `copied`.
///
/// Not known to a wire log: its session where it is not in such folders, so that the run is named
/// by a hash of what stands before the first prompt; the end of the process.
///
/// Dropped as decoration: `context.append_message`, which repeats a prompt, `step.begin`,
/// `llm.tools_snapshot`, `tools.set_active_tools`, `tools.update_store`. The rest is kept as
/// `kimi.<type>`.
package struct KimiImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  /// What stands before the first prompt, which the run is named by.
  private var head: [[UInt8]] = []
  private var previous = ""
  /// The counts of the last step, until a record of them comes.
  var step: KimiStep?
  /// A step that was billed at rest: a record of it may yet come.
  var rested: KimiStep?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ line: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard line["type"]?.text != nil else {
      return sink.report(line: number, "the line has no type")
    }
    guard transcript == nil else { return readNext(line, &sink) }
    head.append(Array(line.raw))
    let isPrompt = line["type"]?.equals("turn.prompt") == true
    if isPrompt || head.count >= Self.headMax || place != nil { begin(&sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    // Without a model it waits for the record that has one, or for the seal.
    if let step, transcript?.model != nil {
      billStep(&sink)
      rested = step
    }
    transcript?.endTurnIfDone(into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    if transcript == nil, !head.isEmpty { begin(&sink) }
    billStep(&sink)
    transcript?.endTurn(into: &sink)
  }

  private static let headMax = 200

  /// The session and the agent that the folders name.
  private var place: (session: String, agent: String)? {
    let folders = Array(source.folders.suffix(3))
    return folders.count == 3 && folders[1] == "agents" ? (folders[0], folders[2]) : nil
  }

  private mutating func begin(_ sink: inout ImportedEvents) {
    let lines = head
    head = []
    let session = place?.session ?? StableHash.hex(lines.joined())
    let main = Transcript.run("kimi", session)
    if let agent = place?.agent, agent != "main" {
      let run = Transcript.run("kimi", session + "/" + agent)
      transcript = Transcript(format: "kimi", run: run, parent: main, session: session)
    } else {
      transcript = Transcript(format: "kimi", run: main, session: session)
    }
    for line in lines {
      line.withUnsafeBytes { bytes in
        guard let object = JSONObject(try? JSONValue.parse(bytes)) else { return }
        readNext(object, &sink)
      }
    }
  }

  private mutating func readNext(_ line: JSONObject, _ sink: inout ImportedEvents) {
    let id = StableHash.hex(line.raw, seed: previous)
    previous = id
    let ts = line.milliseconds("time") ?? line.milliseconds("created_at")
    transcript?.start(ts: ts, into: &sink) { json in
      json.member("agent", "kimi-code")
      json.member("protocol", ifPresent: line.text("protocol_version"))
    }
    read(line, type: line.text("type") ?? "", id: id, ts: ts, &sink)
  }

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.array("head") { json in for line in head { json.raw(line) } }
    json.member("previous", previous)
    if let step { json.object("step") { step.write(to: &$0) } }
    if let rested { json.object("rested") { rested.write(to: &$0) } }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    state["head"]?.forEachElement { head.append(Array($0.raw)) }
    previous = state["previous"]?.string ?? ""
    step = state.object("step").flatMap { KimiStep($0) }
    rested = state.object("rested").flatMap { KimiStep($0) }
    return true
  }
}

/// The counts of a step.
struct KimiStep {
  var id: String
  var counts: TokenCounts
  var ts: Timestamp?

  func write(to json: inout JSONWriter) {
    json.member("id", id)
    json.object("counts") { counts.writeTotals(to: &$0) }
    json.member("ts_us", ifPresent: ts?.microseconds)
  }

  init(id: String, counts: TokenCounts, ts: Timestamp?) {
    self.id = id
    self.counts = counts
    self.ts = ts
  }

  init?(_ state: JSONObject) {
    guard let id = state.text("id"), let counts = state.object("counts") else { return nil }
    self.id = id
    self.counts = TokenCounts(totals: counts)
    ts = state["ts_us"]?.int.map { Timestamp(microseconds: $0) }
  }
}
