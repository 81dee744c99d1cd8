import Events
import RunDigest

/// One event on one line: what kind it is, and the part of its payload that says most.
struct EventLine {
  private let event: LoggedEvent

  init(_ event: LoggedEvent) {
    self.event = event
  }

  func cells(marked: Bool) -> [Table.Cell] {
    let style = Style.standard
    let ts = event.event.ts ?? Timestamp(microseconds: 0)
    return [
      Table.Cell((marked ? "> " : "") + String(event.seq)) { marked ? style.bold($0) : $0 },
      Table.Cell(LocalTime.seconds(ts) + String(LocalTime.timeOfDay(ts.microseconds).suffix(4))),
      Table.Cell(event.event.kind.rawValue) { marked ? style.bold($0) : $0 },
      Table.Cell(summary) { isBad ? style.bad($0) : $0 },
    ]
  }

  private static let textMax = 400

  private var isBad: Bool {
    event.event.kind.rawValue == "error" || read { $0["is_error"]?.bool == true } == true
  }

  private func read<R>(_ body: (JSONObject) -> R?) -> R? {
    event.event.payload.bytes.withUnsafeBytes { bytes in
      guard let value = try? JSONValue.parse(bytes) else { return nil }
      return JSONObject(value).flatMap(body)
    }
  }

  private static let words: [StaticString] = [
    "name", "tool_name", "turn_id", "status", "type", "state", "cause", "model",
  ]
  private static let bodies: [StaticString] = [
    "text", "message", "reason", "title", "content", "input", "output",
  ]

  private var summary: String {
    let told = read { object -> String? in
      var parts = Self.words.compactMap { object[$0]?.text }
      parts += Self.bodies.lazy.compactMap { Self.text(object[$0]) }.prefix(1)
      return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
    let text = told ?? String(decoding: event.event.payload.bytes, as: UTF8.self)
    return String(text.prefix(Self.textMax))
  }

  private static func text(_ value: JSONValue?) -> String? {
    guard let value else { return nil }
    if let text = value.text { return text }
    guard value.isObject || value.isArray else { return nil }
    return String(decoding: value.raw.prefix(textMax), as: UTF8.self)
  }
}
