internal import Events

/// The failure of a model request that Claude Code writes down as a message of its own.
struct ClaudeApiError {
  /// The class, for example `overloaded_error`, `rate_limit` or `http_500`.
  let type: String
  let message: String

  /// Reads it off an assistant line.
  init(_ line: JSONObject, text: String) {
    message = text
    let named = line.text("error").flatMap { $0 == "unknown" ? nil : $0 }
    type = named ?? ClaudeApiError.type(in: text) ?? "unknown"
  }

  /// Whether it says that a limit was reached.
  var isLimit: Bool {
    type == "rate_limit" || type == "rate_limit_error" || message.contains("limit reached")
      || message.hasPrefix("You've hit your")
  }

  /// When the limit ends, where the message says so in full: as seconds behind a bar, or as a time of
  /// day with its zone, the first such time after the message.
  func resetsAt(after sent: Timestamp?) -> Timestamp? {
    if let bar = message.lastIndex(of: "|"), message.contains("limit reached") {
      guard let seconds = Int64(message[message.index(after: bar)...]), seconds > 0,
        seconds < 253_402_300_800
      else { return nil }
      return Timestamp(microseconds: seconds * 1_000_000)
    }
    guard let sent, let clock = Self.clock(in: message) else { return nil }
    return clock.next(after: sent)
  }

  private static func clock(in text: String) -> ClockTime? {
    ClockTime(behind: "resets ", in: text) ?? ClockTime(behind: "reset ", in: text)
  }

  /// Reads `API Error: 500 {"type":"error","error":{"type":"api_error",…}}`, or less of it.
  private static func type(in text: String) -> String? {
    let prefix = "API Error: "
    guard text.hasPrefix(prefix) else {
      return text.contains("limit reached") || text.hasPrefix("You've hit your")
        ? "rate_limit" : nil
    }
    let rest = text.dropFirst(prefix.count)
    let status = rest.prefix { $0.isASCII && $0.isNumber }
    if let brace = rest.firstIndex(of: "{") {
      let json = Array(rest[brace...].utf8)
      let type = json.withUnsafeBytes { bytes -> String? in
        guard let (value, _) = try? JSONValue.parsePrefix(bytes) else { return nil }
        return value["error"]?["type"]?.text
      }
      if let type { return type }
    }
    return status.isEmpty ? nil : "http_\(status)"
  }
}
