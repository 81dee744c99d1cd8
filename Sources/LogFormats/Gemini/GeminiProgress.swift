internal import Events

/// What was told of one message, which may come again with more of it.
struct GeminiProgress {
  /// A hash of the message as it last was; empty before it was read.
  var hash = ""
  var thoughts = 0
  var hasText = false
  var calls = 0
  /// The calls whose result was told, by their place.
  var results: Set<Int> = []
  /// The tokens that were billed.
  var counts: TokenCounts?

  init() {}

  func write(to json: inout JSONWriter) {
    json.member("hash", hash)
    json.member("thoughts", thoughts)
    json.member("text", hasText)
    json.member("calls", calls)
    json.array("results") { json in for i in results.sorted() { json.element(i) } }
    if let counts { json.object("counts") { counts.writeTotals(to: &$0) } }
  }

  init(_ state: JSONObject) {
    hash = state["hash"]?.string ?? ""
    thoughts = Int(state.count("thoughts") ?? 0)
    hasText = state.isTrue("text")
    calls = Int(state.count("calls") ?? 0)
    state["results"]?.forEachElement { if let i = $0.int { results.insert(Int(i)) } }
    counts = state.object("counts").map { TokenCounts(totals: $0) }
  }
}
