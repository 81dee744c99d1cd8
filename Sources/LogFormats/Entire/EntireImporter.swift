package import Events

/// Reads the compact transcripts that Entire keeps of the sessions of other agents.
///
/// A message of the model is one or more lines of one id, each with the counts of all of it: it is
/// billed once, when another message, a prompt or the log's rest shows that it is over. A message
/// that the agent's own log, imported before, has billed already is `copied`; import that log
/// first, as it knows more.
///
/// Not known to these transcripts: the session (the run is named by a hash of the first line), the
/// model, tokens that a cache served or stored, tokens at all where the agent was not Claude Code,
/// what a call took (its result stands on its own line: calls have no duration), how a call without
/// a result came back (the transcript keeps few of those of Codex: it counts as a success), why the
/// model stopped, when the session was over, whose words a prompt of a program is (skills and
/// reviews are known by how they begin).
///
/// Dropped as decoration: of results `file` and `matchCount`. Prompts that nobody typed are kept as
/// `entire.user`, other lines as `entire.<type>`.
package struct EntireImporter: LineImporter {
  package let source: LogSource
  private var transcript: Transcript?
  private var previous = ""
  /// The counts of a message that may go on.
  private var open: (id: String, counts: TokenCounts, ts: Timestamp?)?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ line: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = line.text("type") else {
      return sink.report(line: number, "the line has no type")
    }
    let id = StableHash.hex(line.raw, seed: previous)
    previous = id
    let ts = line.time("ts")
    begin(line, id, ts: ts, &sink)
    let message = line.text("id")
    if open?.id != message { bill(&sink) }
    switch type {
    case "user": readPrompt(line, id: id, ts: ts, &sink)
    case "assistant": readReply(line, message, id: id, ts: ts, &sink)
    default: transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    bill(&sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    bill(&sink)
    transcript?.endTurn(into: &sink)
  }

  private mutating func begin(
    _ line: JSONObject,
    _ name: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let run = Transcript.run("entire", name)
    transcript = Transcript(format: "entire", run: run, session: name)
    transcript?.start(ts: ts, into: &sink) { json in
      let agent = line.text("agent") ?? ""
      json.member("agent", agent == "Claude Code" ? "claude-code" : agent)
      json.member("recorder", ifPresent: line.text("cli_version").map { "entire " + $0 })
    }
  }

  // MARK: Prompts

  /// How words begin that a program has put in the user's mouth.
  private static let programs = ["Base directory for this skill:", "<user_action>"]

  private mutating func readPrompt(
    _ line: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    var texts: [String] = []
    var hasOtherBlocks = false
    line["content"]?.forEachElement { block in
      if let text = block["text"]?.string { texts.append(text) } else { hasOtherBlocks = true }
    }
    let isProgram = texts.contains { text in Self.programs.contains { text.hasPrefix($0) } }
    let kind = ClaudePrompt.kind(of: line, texts: texts, hasOtherBlocks: hasOtherBlocks)
    switch kind {
    case .prompt where !isProgram:
      let payload = Payload.object { json in
        if let content = line["content"] { json.raw("content", content.raw) }
      }
      transcript?.prompt(payload, id: id, ts: ts, into: &sink)
    case .interrupt:
      transcript?.keep("user", line.raw, id: id, ts: ts, into: &sink)
      transcript?.close("cancelled", at: ts, into: &sink)
    default:
      transcript?.keep("user", line.raw, id: id, ts: ts, into: &sink)
    }
  }

  // MARK: Replies

  private mutating func readReply(
    _ line: JSONObject,
    _ message: String?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    var i = 0
    line["content"]?.forEachElement { element in
      i += 1
      guard let block = JSONObject(element) else { return }
      readBlock(block, id: "\(id)/\(i)", ts: ts, &sink)
    }
    if transcript?.turn == nil { transcript?.step(.words, id: id, ts: ts) }
    guard let message, line["input_tokens"] != nil || line["output_tokens"] != nil else { return }
    let counts = TokenCounts(
      input: line.count("input_tokens") ?? 0,
      output: line.count("output_tokens") ?? 0
    )
    open = (message, counts, ts)
  }

  private mutating func readBlock(
    _ block: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch block.text("type") {
    case "text":
      transcript?.say(.text, block["text"]?.string, id: id, ts: ts, into: &sink)
    case "thinking":
      transcript?.say(.thought, block["text"]?.string, id: id, ts: ts, into: &sink)
    case "tool_use":
      let name = block.text("name")
      let call = block.text("id") ?? id
      transcript?.call(call, name: name, input: block["input"], id: id, ts: ts, into: &sink)
      let result = block.object("result")
      transcript?.result(
        of: call,
        Self.kind(result),
        content: result?["output"],
        id: id + "/result",
        ts: ts,
        into: &sink
      )
    case let type:
      transcript?.keep(type ?? "block", block.raw, id: id, ts: ts, into: &sink)
    }
  }

  private static func kind(_ result: JSONObject?) -> Transcript.ResultKind {
    guard let result, result["status"]?.equals("error") == true else { return .success }
    return switch ClaudeToolResult.kind(ofError: result["output"]?.string ?? "") {
    case .success: .success
    case .failure: .failure
    case .denied: .denied
    case .cancelled: .cancelled
    }
  }

  private mutating func bill(_ sink: inout ImportedEvents) {
    guard let open else { return }
    self.open = nil
    // It repeats what another log may bill in full, so that it never takes a request for itself.
    let isCopied = transcript.map { sink.isBilled(open.id, byOtherThan: $0.run) } ?? false
    let event = Event.make(.usage) { json in
      open.counts.writeUsage(to: &json)
      if isCopied { json.member("copied", true) }
    }
    transcript?.emit(event, id: "usage/" + open.id, ts: open.ts, into: &sink)
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.member("previous", previous)
    guard let open else { return }
    json.object("open") { json in
      json.member("id", open.id)
      json.object("counts") { open.counts.writeTotals(to: &$0) }
      json.member("ts_us", ifPresent: open.ts?.microseconds)
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    previous = state["previous"]?.string ?? ""
    if let saved = state.object("open"), let id = saved.text("id") {
      let counts = saved.object("counts").map { TokenCounts(totals: $0) } ?? TokenCounts()
      open = (id, counts, saved["ts_us"]?.int.map { Timestamp(microseconds: $0) })
    }
    return true
  }
}
