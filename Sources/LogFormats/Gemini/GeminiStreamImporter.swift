package import Events

/// Reads the frames that `gemini --output-format stream-json` prints.
///
/// Tokens are known only for the whole call, from its last frame, which is also its end. They
/// are the `by_model` of its turn; there are no `usage` events, so requests are not counted.
/// Thoughts are in no class of the frame but its total, and are a part of the output here.
///
/// Dropped as decoration: the parts of messages (`delta`) after the first of each, whose words
/// are kept together until something else comes.
package struct GeminiStreamImporter: LineImporter {
  package let source: LogSource
  private var transcript: Transcript?
  /// The id of the line before: frames have none of their own.
  private var previous = ""
  /// Words of the model that more may be added to, with the frame that they began with.
  private var words: (id: String, text: String, ts: Timestamp?)?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ frame: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = frame.text("type") else {
      return sink.report(line: number, "the frame has no type")
    }
    let id = StableHash.hex(frame.raw, seed: previous)
    previous = id
    let ts = frame.time("timestamp")
    begin(frame, id: id, ts: ts, &sink)
    if type == "message", frame["role"]?.equals("assistant") == true {
      return add(frame, id: id, ts: ts, &sink)
    }
    flushWords(into: &sink)
    switch type {
    case "init":
      transcript?.use(model: frame.text("model"), id: id, ts: ts, into: &sink)
    case "message" where frame["role"]?.equals("user") == true:
      let payload = Payload.object { json in
        if let content = frame["content"] { json.raw("text", content.raw) }
      }
      transcript?.prompt(payload, id: id, ts: ts, into: &sink)
    case "tool_use":
      transcript?.call(
        frame.text("tool_id"),
        name: frame.text("tool_name"),
        input: frame["parameters"],
        id: id,
        ts: ts,
        into: &sink
      )
    case "tool_result":
      transcript?.result(
        of: frame.text("tool_id"),
        Self.kind(of: frame),
        content: frame["output"] ?? frame["error"],
        id: id,
        ts: ts,
        into: &sink
      )
    case "error" where frame["severity"]?.equals("warning") != true:
      let message = frame.text("message")
      transcript?.fail(type: "gemini_error", message: message, id: id, ts: ts, into: &sink)
    case "result":
      finish(frame, id: id, ts: ts, &sink)
    default:
      transcript?.keep(type, frame.raw, id: id, ts: ts, into: &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    flushWords(into: &sink)
    transcript?.endTurn(into: &sink)
  }

  private mutating func begin(
    _ frame: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let session = frame.text("session_id") ?? source.name ?? id
    transcript = Transcript(
      format: "gemini-stream",
      run: Transcript.run("gemini-stream", session),
      session: session
    )
    transcript?.start(ts: ts, into: &sink) { $0.member("agent", "gemini-cli") }
  }

  private mutating func add(
    _ frame: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let text = frame["content"]?.string ?? ""
    if frame.isTrue("delta") {
      if words == nil { words = (id, text, ts) } else { words?.text += text }
      // It is being said since its first part: that is when the turn has its first output.
      if transcript?.turn == nil { transcript?.step(.words, id: id, ts: ts) }
      return
    }
    // The whole message, after parts of it.
    let began = words
    words = (began?.id ?? id, text, began?.ts ?? ts)
    flushWords(into: &sink)
  }

  private mutating func flushWords(into sink: inout ImportedEvents) {
    guard let words else { return }
    self.words = nil
    transcript?.say(.text, words.text, id: words.id, ts: words.ts, into: &sink)
  }

  private static func kind(of frame: JSONObject) -> Transcript.ResultKind {
    guard frame["status"]?.equals("success") != true else { return .success }
    let message = frame.object("error")?.text("message") ?? ""
    if message.contains("User did not allow tool call") { return .denied }
    let isCancelled = frame["status"]?.equals("cancelled") == true
    return isCancelled || message.hasPrefix("[Operation Cancelled]") ? .cancelled : .failure
  }

  // MARK: The end

  private mutating func finish(
    _ frame: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let isSuccess = frame["status"]?.equals("success") == true
    let error = frame.object("error")
    if !isSuccess {
      transcript?.fail(
        type: error?.text("type") ?? "gemini_error",
        message: error?.text("message"),
        id: id + "/error",
        ts: ts,
        into: &sink
      )
    }
    if transcript?.turn == nil { transcript?.turn = TranscriptTurn(id: nil, anchor: id) }
    let model = transcript?.model
    transcript?.close(isSuccess ? "success" : "error", at: ts, into: &sink) { json in
      if let stats = frame.object("stats") {
        Self.writeTotals(stats, model: model, to: &json)
        json.raw("stats", stats.raw)
      }
    }
    let reason = isSuccess ? nil : error?.text("type")
    transcript?.end(isSuccess ? .stop : .fail, reason: reason, id: id, ts: ts, into: &sink)
  }

  private static func writeTotals(
    _ stats: JSONObject,
    model: String?,
    to json: inout JSONWriter
  ) {
    var totals: [String: TokenCounts] = [:]
    stats["models"]?.forEachMember { name, value in
      guard let stats = JSONObject(value) else { return }
      totals[String(decoding: name, as: UTF8.self)] = counts(stats)
    }
    if totals.isEmpty { totals[model ?? "(unknown)"] = counts(stats) }
    TokenCounts.write(totals, as: "by_model", to: &json)
  }

  private static func counts(_ stats: JSONObject) -> TokenCounts {
    let all = stats.count("input_tokens") ?? 0
    let cached = stats.count("cached") ?? 0
    let output = stats.count("output_tokens") ?? 0
    let total = stats.count("total_tokens") ?? 0
    return TokenCounts(
      input: max(0, all - cached),
      output: max(output, total - all),
      cacheRead: cached
    )
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.member("previous", previous)
    guard let words else { return }
    json.object("words") { json in
      json.member("id", words.id)
      json.member("text", words.text)
      json.member("ts_us", ifPresent: words.ts?.microseconds)
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    previous = state["previous"]?.string ?? ""
    if let saved = state.object("words"), let id = saved.text("id") {
      let ts = saved["ts_us"]?.int.map { Timestamp(microseconds: $0) }
      words = (id, saved["text"]?.string ?? "", ts)
    }
    return true
  }
}
