package import Events

/// Reads the session logs of GitHub Copilot CLI.
///
/// What Copilot calls a turn is one request to a model; a turn here begins with a person's prompt
/// and ends with the next, with an abort, or with the shutdown of the process.
///
/// A reply tells its output tokens only. The shutdown tells all that its process has used, by
/// model: it becomes the `by_model` of the turn that is open then, less what the replies of earlier
/// turns have told already. Its `inputTokens` have the cached ones in them, which are taken off.
/// Counters begin anew with each process of a session; logs in which they went on are known by
/// their output, which is then nearer to that of all replies than to that of the process.
///
/// Not known to these logs: input and cached tokens of a session that was not shut down (killed,
/// or left by `/new`), tokens of single requests but for their output, money (a premium request is
/// no money), sub-agents as runs of their own (what they do and use is the session's).
///
/// Dropped as decoration: `assistant.turn_start`, `assistant.turn_end`, and the start of a tool that
/// a reply has announced. The rest is kept as `copilot.<type>`.
package struct CopilotImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  var previous = ""
  var meter = CopilotMeter()
  /// When a person broke off the open turn.
  var aborted: Timestamp?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ line: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = line.text("type"), let data = line.object("data") else {
      return sink.report(line: number, "the line has no type or no data")
    }
    let id = line.text("id") ?? StableHash.hex(line.raw, seed: previous)
    previous = id
    let ts = line.time("timestamp")
    if transcript == nil { begin(type == "session.start" ? data : nil, id, ts: ts, &sink) }
    read(line, data, type: type, id: id, ts: ts, &sink)
  }

  /// At rest the process may still go on, and its shutdown belongs to the open turn.
  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    endTurn(&sink)
  }

  /// Ends an open turn: as cancelled where a person broke it off.
  mutating func endTurn(_ sink: inout ImportedEvents) {
    if let aborted {
      transcript?.close("cancelled", at: aborted, into: &sink)
    } else {
      transcript?.endTurn(into: &sink)
    }
    aborted = nil
    meter.turnEnded()
  }

  private mutating func begin(
    _ facts: JSONObject?,
    _ id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let session = facts?.text("sessionId") ?? source.name.map { $0 + "-" + id } ?? id
    transcript = Transcript(
      format: "copilot",
      run: Transcript.run("copilot", session),
      session: session
    )
    let context = facts?.object("context")
    transcript?.start(ts: ts, into: &sink) { json in
      json.member("agent", "copilot-cli")
      json.member("project", ifPresent: context?.text("cwd"))
      json.member("version", ifPresent: facts?.text("copilotVersion"))
      json.member("branch", ifPresent: context?.text("branch"))
      json.member("repository", ifPresent: context?.text("repository"))
    }
    transcript?.use(model: facts?.text("selectedModel"), id: id, ts: ts, into: &sink)
  }

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.member("previous", previous)
    json.member("aborted_us", ifPresent: aborted?.microseconds)
    json.object("meter") { meter.write(to: &$0) }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    previous = state["previous"]?.string ?? ""
    aborted = state["aborted_us"]?.int.map { Timestamp(microseconds: $0) }
    meter = CopilotMeter(state.object("meter"))
    return true
  }
}
