internal import Events

/// The tokens of one model request, or of several, in classes that don't overlap.
struct TokenCounts: Hashable, Codable {
  /// Input that no cache served.
  var input: Int64 = 0
  var output: Int64 = 0
  var cacheRead: Int64 = 0
  var cacheWrite: Int64 = 0
  /// The part of the output that was reasoning.
  var reasoning: Int64 = 0
  /// The part of `cacheWrite` that was written for one hour.
  var cacheWrite1h: Int64 = 0
  /// Searches of the web that the provider made.
  var webSearches: Int64 = 0

  var isZero: Bool { self == TokenCounts() }

  static func + (lhs: TokenCounts, rhs: TokenCounts) -> TokenCounts {
    lhs.combined(with: rhs, +)
  }

  static func += (lhs: inout TokenCounts, rhs: TokenCounts) {
    lhs = lhs + rhs
  }

  /// By how much these exceed others, class by class.
  func excess(over other: TokenCounts) -> TokenCounts {
    combined(with: other) { max(0, $0 - $1) }
  }

  /// What a cumulative counter has grown by since it was last read.
  ///
  /// One of which any class went back has begun anew: all of it is growth.
  func growth(since old: TokenCounts) -> TokenCounts {
    let hasRestarted =
      input < old.input || output < old.output || cacheRead < old.cacheRead
      || cacheWrite < old.cacheWrite
    return hasRestarted ? self : combined(with: old, -)
  }

  private func combined(
    with other: TokenCounts,
    _ body: (Int64, Int64) -> Int64
  ) -> TokenCounts {
    TokenCounts(
      input: body(input, other.input),
      output: body(output, other.output),
      cacheRead: body(cacheRead, other.cacheRead),
      cacheWrite: body(cacheWrite, other.cacheWrite),
      reasoning: body(reasoning, other.reasoning),
      cacheWrite1h: body(cacheWrite1h, other.cacheWrite1h),
      webSearches: body(webSearches, other.webSearches)
    )
  }
}

extension TokenCounts {
  /// The members of a `usage` event; of counts that are not whole, a class of 0 is unknown.
  func writeUsage(to json: inout JSONWriter, isWhole: Bool = true) {
    if isWhole || input > 0 { json.member("input_tokens", input) }
    if isWhole || output > 0 { json.member("output_tokens", output) }
    if isWhole || cacheRead > 0 { json.member("cache_read_tokens", cacheRead) }
    if isWhole || cacheWrite > 0 { json.member("cache_write_tokens", cacheWrite) }
    if cacheWrite1h > 0 { json.member("cache_write_1h_tokens", cacheWrite1h) }
    if reasoning > 0 { json.member("reasoning_tokens", reasoning) }
    if webSearches > 0 { json.member("web_searches", webSearches) }
  }

  /// The counts as part of an id.
  var key: String {
    var parts = [input, output, cacheRead, cacheWrite, reasoning]
    // Classes that few formats have make no other key where they are not there.
    if cacheWrite1h != 0 || webSearches != 0 { parts += [cacheWrite1h, webSearches] }
    return parts.map(String.init).joined(separator: "-")
  }

  /// The members of an entry of `by_model`, which is also how counts are remembered.
  func writeTotals(to json: inout JSONWriter) {
    json.member("input", input)
    json.member("output", output)
    json.member("cache_read", cacheRead)
    json.member("cache_create", cacheWrite)
    if reasoning > 0 { json.member("reasoning", reasoning) }
  }

  /// Reads what ``writeTotals(to:)`` has written.
  init(totals: JSONObject) {
    self.init(
      input: totals.count("input") ?? 0,
      output: totals.count("output") ?? 0,
      cacheRead: totals.count("cache_read") ?? 0,
      cacheWrite: totals.count("cache_create") ?? 0,
      reasoning: totals.count("reasoning") ?? 0
    )
  }

  /// Writes counts by name as a member.
  static func write(
    _ counts: [String: TokenCounts],
    as key: String,
    to json: inout JSONWriter
  ) {
    json.object(key) { json in
      for (name, counts) in counts.sorted(by: { $0.key < $1.key }) {
        json.object(name) { counts.writeTotals(to: &$0) }
      }
    }
  }

  /// Reads what ``write(_:as:to:)`` has written.
  static func byName(_ value: JSONValue?) -> [String: TokenCounts] {
    var counts: [String: TokenCounts] = [:]
    value?.forEachMember { name, value in
      guard let object = JSONObject(value) else { return }
      counts[String(decoding: name, as: UTF8.self)] = TokenCounts(totals: object)
    }
    return counts
  }
}
