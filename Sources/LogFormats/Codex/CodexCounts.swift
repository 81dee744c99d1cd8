internal import Events

/// Token counts as Codex reports them: cached and written input are parts of the input, and
/// reasoning is a part of the output.
struct CodexCounts: Hashable, Codable {
  var input: Int64 = 0
  var cached: Int64 = 0
  var written: Int64 = 0
  var output: Int64 = 0
  var reasoning: Int64 = 0
  /// The grand total, which Codex sometimes moves alone, and sometimes leaves out.
  var total: Int64 = 0

  /// Reads an object of counts; `nil` where the value is not one.
  init?(_ value: JSONValue?) {
    guard let counts = JSONObject(value) else { return nil }
    input = counts.count("input_tokens") ?? 0
    cached = counts.count("cached_input_tokens") ?? 0
    written = counts.count("cache_write_input_tokens") ?? 0
    output = counts.count("output_tokens") ?? 0
    reasoning = counts.count("reasoning_output_tokens") ?? 0
    total = counts.count("total_tokens") ?? input + output
  }

  init(_ fields: [Int64]) {
    guard fields.count == 6 else { return }
    input = fields[0]
    cached = fields[1]
    written = fields[2]
    output = fields[3]
    reasoning = fields[4]
    total = fields[5]
  }

  var fields: [Int64] { [input, cached, written, output, reasoning, total] }

  /// The counts without the grand total, which says nothing of a request.
  var parts: [Int64] { [input, cached, written, output, reasoning] }

  /// Whether a model was asked for anything.
  var isRequest: Bool { parts.contains { $0 != 0 } }

  /// Whether a counter that stood at `earlier` can have come to stand here without being set back.
  func isAtLeast(_ earlier: CodexCounts) -> Bool {
    !zip(parts, earlier.parts).contains { $0 < $1 }
  }

  static func - (lhs: CodexCounts, rhs: CodexCounts) -> CodexCounts {
    CodexCounts(zip(lhs.fields, rhs.fields).map(-))
  }

  static func + (lhs: CodexCounts, rhs: CodexCounts) -> CodexCounts {
    CodexCounts(zip(lhs.fields, rhs.fields).map(+))
  }

  /// The counts as part of an id.
  var key: String { fields.map(String.init).joined(separator: "-") }

  /// The parts as one word, by which totals are compared.
  var word: String { parts.map(String.init).joined(separator: ",") }

  /// Reads what ``word`` has written.
  init?(word: some StringProtocol) {
    let parts = word.split(separator: ",").compactMap { Int64($0) }
    guard parts.count == 5 else { return nil }
    self.init(parts + [parts[0] + parts[3]])
  }

  /// The classes of a `usage` event, which do not overlap.
  var tokens: TokenCounts {
    var tokens = TokenCounts()
    tokens.input = max(0, input - cached - written)
    tokens.output = output
    tokens.cacheRead = cached
    tokens.cacheWrite = written
    tokens.reasoning = reasoning
    return tokens
  }
}
