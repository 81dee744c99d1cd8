internal import Events

/// The requests of a session that were reported once, by the client or with a message, and may be
/// reported again by the other.
struct QwenRequests: Codable {
  enum Teller { case client, message }

  /// A request that one of the two has told.
  private struct Told: Codable {
    var counts: TokenCounts
    /// The key that it was billed under.
    var key: String
  }

  /// What was billed of the last message.
  private struct Message: Codable {
    var id: String
    var counts: TokenCounts
    var key: String
    var revision: Int64
  }

  /// The requests that only one has told, the oldest first.
  private var byClient: [Told] = []
  private var byMessage: [Told] = []
  private var last: Message?

  /// The two tell of a request one right after the other, unless one of them never does.
  private static let heldMax = 16

  /// Takes a request; returns the key that the other one's telling was billed under, or `nil` for a
  /// request that is new.
  private mutating func match(_ told: Told, by teller: Teller) -> String? {
    switch teller {
    case .client: Self.match(told, among: &byClient, unlike: &byMessage)
    case .message: Self.match(told, among: &byMessage, unlike: &byClient)
    }
  }

  private static func match(
    _ told: Told,
    among own: inout [Told],
    unlike others: inout [Told]
  ) -> String? {
    if let place = others.firstIndex(where: { $0.counts == told.counts }) {
      return others.remove(at: place).key
    }
    own.append(told)
    if own.count > heldMax { own.removeFirst() }
    return nil
  }

  /// What the client has measured; returns whether it is to be billed.
  mutating func takeClient(_ counts: TokenCounts, key: String) -> Bool {
    match(Told(counts: counts, key: key), by: .client) == nil
  }

  /// What a record tells of a message, of which the ones before may have told some.
  ///
  /// Returns the key that it is to be billed under and how often it was before; `nil` where all of it
  /// was told.
  mutating func takeMessage(
    _ counts: TokenCounts,
    of message: String,
    key: String
  ) -> (key: String, revision: Int64)? {
    if let last, last.id == message {
      guard last.counts != counts else { return nil }
      let revision = last.revision + 1
      self.last = Message(id: message, counts: counts, key: last.key, revision: revision)
      return (last.key, revision)
    }
    let billed = match(Told(counts: counts, key: key), by: .message)
    last = Message(id: message, counts: counts, key: billed ?? key, revision: 0)
    return billed == nil ? (key, 0) : nil
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
