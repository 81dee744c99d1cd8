internal import Events

/// What was written of one message, which may come again with more of it.
struct GeminiProgress: Codable {
  /// Hashes of the message as it was; empty before it was read.
  var seen: Set<String> = []
  var thoughts = 0
  var hasText = false
  var calls = 0
  /// The calls whose result was told, by their place.
  var results: Set<Int> = []
  /// The tokens that were billed last.
  var counts: TokenCounts?
  /// How often they were other ones.
  var revision: Int64 = 0
}

/// A session of a chat, and what was written of its messages.
struct GeminiSession: Codable {
  var conversation: Conversation
  /// The session that called this one.
  var caller: String?
  /// When it began.
  var start: Timestamp?
  /// What its metadata have said of it before it began.
  var facts = RunFacts()
  var told: [String: GeminiProgress] = [:]
  /// The messages before the first that says something.
  var held = HeldObjects()
  var hasBegun = false
}
