internal import Events

/// What is remembered of one session.
struct ACPSession {
  var transcript: Transcript
  /// The counters as they were last read.
  var counted = TokenCounts()
  /// In nano-dollars: the cost so far, and what of it the turns before had.
  var cost: Int64?
  var costBefore: Int64 = 0
  var contextWindow: Int64?
  /// Words that more may be added to.
  var words: (kind: KnownKind, id: String, text: String, ts: Timestamp?)?

  init(transcript: Transcript) {
    self.transcript = transcript
  }

  mutating func add(
    _ kind: KnownKind,
    _ text: String,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    if let words, words.kind == kind {
      self.words?.text = words.text + text
      return
    }
    flushWords(into: &sink)
    words = (kind, id, text, ts)
  }

  mutating func flushWords(into sink: inout ImportedEvents) {
    guard let words else { return }
    self.words = nil
    transcript.say(words.kind, words.text, id: words.id, ts: words.ts, into: &sink)
  }

  /// What the cost has grown by since it was last asked for.
  mutating func takeCost() -> Int64? {
    guard let cost else { return nil }
    let grown = cost < costBefore ? cost : cost - costBefore
    costBefore = cost
    return grown
  }

  func write(to json: inout JSONWriter) {
    json.object("transcript") { transcript.write(to: &$0) }
    json.object("counted") { counted.writeTotals(to: &$0) }
    json.member("cost", ifPresent: cost)
    json.member("cost_before", costBefore)
    json.member("window", ifPresent: contextWindow)
    guard let words else { return }
    json.object("words") { json in
      json.member("kind", words.kind.rawValue)
      json.member("id", words.id)
      json.member("text", words.text)
      json.member("ts_us", ifPresent: words.ts?.microseconds)
    }
  }

  init?(_ state: JSONObject) {
    guard let transcript = Transcript(state.object("transcript")) else { return nil }
    self.transcript = transcript
    counted = state.object("counted").map { TokenCounts(totals: $0) } ?? counted
    cost = state["cost"]?.int
    costBefore = state["cost_before"]?.int ?? 0
    contextWindow = state["window"]?.int
    guard let saved = state.object("words"), let id = saved.text("id"),
      let kind = saved.text("kind").flatMap({ KnownKind(rawValue: $0) })
    else { return }
    let ts = saved["ts_us"]?.int.map { Timestamp(microseconds: $0) }
    words = (kind, id, saved["text"]?.string ?? "", ts)
  }
}
