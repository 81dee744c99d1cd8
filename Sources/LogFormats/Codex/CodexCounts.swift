internal import Events

/// Token counts as Codex reports them: cached and written input are parts of the input, and
/// reasoning is a part of the output.
struct CodexCounts: Hashable {
  var input: Int64 = 0
  var cached: Int64 = 0
  var written: Int64 = 0
  var output: Int64 = 0
  var reasoning: Int64 = 0
  /// The grand total, which Codex sometimes moves alone.
  var total: Int64 = 0

  /// Reads an object of counts; `nil` where the value is none.
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

  /// Whether a model was asked for anything: the grand total alone does not say so.
  var isRequest: Bool { fields.dropLast().contains { $0 != 0 } }

  /// Whether a counter that stood at `earlier` was set back before it came to stand here.
  func isReset(since earlier: CodexCounts) -> Bool {
    zip(fields, earlier.fields).contains { $0 < $1 }
  }

  static func - (lhs: CodexCounts, rhs: CodexCounts) -> CodexCounts {
    CodexCounts(zip(lhs.fields, rhs.fields).map(-))
  }

  /// The counts as part of an id.
  var key: String { fields.map(String.init).joined(separator: "-") }

  /// Writes the classes of a `usage` event, which do not overlap.
  func write(to json: inout JSONWriter) {
    json.member("input_tokens", max(0, input - cached - written))
    json.member("output_tokens", output)
    json.member("cache_read_tokens", cached)
    json.member("cache_write_tokens", written)
    if reasoning > 0 { json.member("reasoning_tokens", reasoning) }
  }
}
