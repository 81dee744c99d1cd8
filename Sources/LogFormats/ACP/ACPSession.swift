internal import Events

/// What is remembered of one session.
struct ACPSession: Codable {
  /// Words that more may be added to.
  private struct Words: Codable {
    var kind: String
    var text: String
    var id: String
    var ts: Timestamp?
  }

  var conversation: Conversation
  /// The counters as they were last read.
  private var counted = TokenCounts()
  /// In nano-dollars: the cost of the session so far, and the largest that this log has told.
  var cost: Int64?
  private var costMax: Int64 = 0
  var contextWindow: Int64?
  /// The calls that a person has refused, and that did not come back yet.
  var refused: Set<String> = []
  private var words: Words?

  init(_ conversation: Conversation) {
    self.conversation = conversation
  }

  // MARK: Words

  mutating func add(_ kind: KnownKind, _ text: String, into sink: inout ImportedEvents) {
    if words?.kind == kind.rawValue {
      words?.text += text
      return
    }
    flushWords(into: &sink)
    words = Words(kind: kind.rawValue, text: text, id: sink.line.id, ts: sink.line.ts)
  }

  mutating func flushWords(into sink: inout ImportedEvents) {
    guard let words, let kind = KnownKind(rawValue: words.kind) else { return }
    self.words = nil
    let line = sink.line
    sink.line.id = words.id
    sink.line.ts = words.ts
    conversation.say(kind, words.text, into: &sink)
    sink.line = line
  }

  // MARK: Turns

  /// The answer to a prompt ends its turn.
  mutating func finish(_ result: JSONObject, _ reason: String, into sink: inout ImportedEvents) {
    flushWords(into: &sink)
    count(result.object("usage"), into: &sink)
    if conversation.turn == nil {
      conversation.turn = ConversationTurn(id: nil, anchor: sink.line.id, ts: sink.line.ts)
    }
    let cost = takeCost(&sink)
    conversation.close(
      reason == "cancelled" ? "cancelled" : "success",
      stopReason: reason,
      at: sink.line.ts,
      into: &sink
    ) { json in
      if let cost { json.money("cost_usd", cost) }
    }
  }

  private mutating func count(_ usage: JSONObject?, into sink: inout ImportedEvents) {
    guard let usage else { return }
    let now = TokenCounts(acp: usage)
    let grown = now.growth(since: counted)
    counted = now
    guard !grown.isZero else { return }
    var request = ModelRequest(key: nil, id: sink.line.id)
    request.model = conversation.facts.model
    request.counts = grown
    request.contextWindow = contextWindow
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    conversation.emit(request.event(replacing: nil), "usage", into: &sink)
  }

  /// What the cost of the session has grown by since it was last asked for, by any log of it.
  private mutating func takeCost(_ sink: inout ImportedEvents) -> Int64? {
    guard let cost else { return nil }
    let fact = "acp/cost/" + (conversation.session ?? "")
    let known = sink.facts[fact].flatMap { Int64($0) } ?? 0
    // A cost that shrinks within a log begins again at 0; one that another log has exceeded is known.
    let hasRestarted = cost < costMax
    let grown = hasRestarted ? cost : max(0, cost - known)
    costMax = cost
    if hasRestarted || cost > known { sink.facts[fact] = String(cost) }
    self.cost = nil
    return grown
  }
}

extension TokenCounts {
  /// Reads a usage, whose classes don't overlap where they add up to its total.
  fileprivate init(acp usage: JSONObject) {
    let thoughts = usage.count("thoughtTokens") ?? 0
    self.init(
      input: usage.count("inputTokens") ?? 0,
      output: usage.count("outputTokens") ?? 0,
      cacheRead: usage.count("cachedReadTokens") ?? 0,
      cacheWrite: usage.count("cachedWriteTokens") ?? 0,
      reasoning: thoughts
    )
    let total = usage.count("totalTokens") ?? 0
    if total == input + output, cacheRead + cacheWrite + thoughts > 0 {
      input = max(0, input - cacheRead - cacheWrite)
    } else {
      output += thoughts
    }
  }
}
