internal import Events
internal import RunDigest

/// The events that are measured: turns of ten, of about 1 KB each, as a coding agent makes them.
enum Workload {
  static let eventsPerTurn = 10

  /// The number that stands for `tool_result` in the event log.
  static let kind: Int64 = Int64(KnownKind.toolResult.code)

  /// A payload of about 1 KB for events whose kind does not matter.
  static let payload = Array(("{\"text\":\"" + String(repeating: "x", count: 1010) + "\"}").utf8)

  static func event() -> Event {
    Event(
      "tool_result",
      payload: Payload(unchecked: payload),
      ts: Timestamp(microseconds: 1_780_000_000_000_000)
    )
  }

  private static let text = String(repeating: "x", count: 930)

  /// One turn: a prompt's start, output, two tool calls with their results, usage, the end.
  static func turn(_ number: Int, at start: Int64 = 1_780_000_000_000_000) -> [Event] {
    let id = "c\(number)"
    let bodies: [(String, String)] = [
      ("turn.start", "\"turn_id\":\"t\(number)\""),
      ("text", "\"n\":1"),
      ("thought", "\"n\":1"),
      ("tool_call", "\"id\":\"\(id)\",\"name\":\"bash\",\"input\":{\"command\":\"ls\"}"),
      ("tool_result", "\"tool_use_id\":\"\(id)\",\"is_error\":false"),
      (
        "usage",
        "\"model\":\"claude-x\",\"input_tokens\":100,\"output_tokens\":50,\"cache_read_tokens\":9000"
      ),
      ("tool_call", "\"id\":\"\(id)b\",\"name\":\"edit\",\"input\":{\"path\":\"a\"}"),
      ("tool_result", "\"tool_use_id\":\"\(id)b\",\"is_error\":false"),
      ("text", "\"n\":2"),
      ("turn.result", "\"status\":\"success\",\"cost_usd\":0.01"),
    ]
    return bodies.enumerated().map { index, body in
      Event(
        EventKind(rawValue: body.0),
        payload: Payload(unchecked: Array("{\"text\":\"\(text)\",\(body.1)}".utf8)),
        ts: Timestamp(microseconds: start + Int64(number) * 1_000_000 + Int64(index) * 100_000)
      )
    }
  }

  static func turns(_ count: Int, from number: Int = 0) -> [Event] {
    (0..<count).flatMap { turn(number + $0) }
  }

  /// Appends turns to a run until it has so many events.
  static func fill(_ store: RunStore, _ name: String, events: Int) async throws {
    let run = try RunID(name)
    var number = 0
    while number < events / eventsPerTurn {
      let count = min(100, events / eventsPerTurn - number)
      try await store.append(turns(count, from: number), to: run)
      number += count
    }
  }
}
