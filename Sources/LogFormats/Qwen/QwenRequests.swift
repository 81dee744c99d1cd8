internal import Events

/// The requests of a session that were told of once, by the client or with a message, and may be
/// told of again by the other.
struct QwenRequests {
  enum Teller { case client, message }

  /// The counts that only one has told, the oldest first.
  private var byClient: [TokenCounts] = []
  private var byMessage: [TokenCounts] = []
  /// What was billed of the last message.
  private var last: (message: String, counts: TokenCounts)?

  /// The two tell of a request one right after the other, unless one of them never does.
  private static let heldMax = 16

  init() {}

  /// Whether a request is new, rather than what the other one has told before.
  mutating func isNew(_ counts: TokenCounts, by teller: Teller) -> Bool {
    switch teller {
    case .client: Self.isNew(counts, among: &byClient, unlike: &byMessage)
    case .message: Self.isNew(counts, among: &byMessage, unlike: &byClient)
    }
  }

  private static func isNew(
    _ counts: TokenCounts,
    among own: inout [TokenCounts],
    unlike others: inout [TokenCounts]
  ) -> Bool {
    if let told = others.firstIndex(of: counts) {
      others.remove(at: told)
      return false
    }
    own.append(counts)
    if own.count > heldMax { own.removeFirst() }
    return true
  }

  /// What a record adds to a message, of which the ones before may have told some; `nil` where
  /// they have told all of it.
  mutating func added(_ counts: TokenCounts, to message: String) -> TokenCounts? {
    let before = last?.message == message ? last?.counts : nil
    last = (message, counts)
    guard let before else { return counts }
    let more = counts.excess(over: before)
    return more.isZero ? nil : more
  }

  func write(to json: inout JSONWriter) {
    json.array("client") { json in for counts in byClient { Self.write(counts, to: &json) } }
    json.array("message") { json in for counts in byMessage { Self.write(counts, to: &json) } }
    guard let last else { return }
    json.member("last", last.message)
    json.object("last_counts") { last.counts.writeTotals(to: &$0) }
  }

  private static func write(_ counts: TokenCounts, to json: inout JSONWriter) {
    json.object { counts.writeTotals(to: &$0) }
  }

  init(_ state: JSONObject?) {
    state?["client"]?.forEachElement {
      byClient += JSONObject($0).map { [TokenCounts(totals: $0)] } ?? []
    }
    state?["message"]?.forEachElement {
      byMessage += JSONObject($0).map { [TokenCounts(totals: $0)] } ?? []
    }
    if let message = state?.text("last"), let counts = state?.object("last_counts") {
      last = (message, TokenCounts(totals: counts))
    }
  }
}

extension TokenCounts {
  /// Reads the counts of a message of Qwen Code's.
  ///
  /// Cached input is a part of the prompt. Whether thoughts are a part of the output depends on
  /// the service; the total tells.
  init(qwen usage: JSONObject) {
    self.init(
      prompt: usage.count("promptTokenCount") ?? 0,
      output: usage.count("candidatesTokenCount") ?? 0,
      cached: usage.count("cachedContentTokenCount") ?? 0,
      thoughts: usage.count("thoughtsTokenCount") ?? 0,
      total: usage.count("totalTokenCount") ?? 0
    )
  }

  /// Reads the counts that Qwen Code's client has measured.
  init(qwenClient event: JSONObject) {
    self.init(
      prompt: event.count("input_token_count") ?? 0,
      output: event.count("output_token_count") ?? 0,
      cached: event.count("cached_content_token_count") ?? 0,
      thoughts: event.count("thoughts_token_count") ?? 0,
      total: event.count("total_token_count") ?? 0
    )
  }

  private init(prompt: Int64, output: Int64, cached: Int64, thoughts: Int64, total: Int64) {
    // Without a total, what is more than the output cannot be a part of it.
    let isBeside = total > 0 ? total >= prompt + output + thoughts : thoughts > output
    self.init(
      input: max(0, prompt - cached),
      output: isBeside ? output + thoughts : output,
      cacheRead: cached,
      reasoning: thoughts
    )
  }
}
