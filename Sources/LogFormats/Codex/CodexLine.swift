internal import Events

/// What all lines of a Codex rollout have in common, read once.
struct CodexLine {
  let object: JSONObject
  /// What kind of line it is, such as `event_msg` or `response_item`.
  let type: String
  /// What the line is about; in a bare line of an old rollout, the line itself.
  let payload: JSONObject
  /// What the payload is, where it says so, else the line's own type.
  let kind: String
  /// When it happened: what is copied was written later than that.
  var ts: Timestamp?

  /// Reads a line; `nil` where it says nothing of what it is.
  init?(_ object: JSONObject) {
    self.object = object
    ts = object.text("timestamp").flatMap { Timestamp($0) }
    if let type = object.text("type"), let payload = object.object("payload") {
      self.type = type
      self.payload = payload
      kind = payload.text("type") ?? type
      return
    }
    // Rollouts of 2025 and before have no envelope.
    payload = object
    if object["record_type"] != nil {
      type = "record"
      kind = object.text("record_type") ?? "record"
    } else if let type = object.text("type") {
      self.type = "response_item"
      kind = type
    } else if object.text("id") ?? object.text("session_id") != nil,
      object.text("timestamp") != nil
    {
      type = "session_meta"
      kind = "session_meta"
    } else {
      return nil
    }
  }

  /// The line as an event of this format's own kind, with nothing left out.
  var rawEvent: Event {
    Event(EventKind(rawValue: "codex." + kind), payload: Payload(unchecked: Array(payload.raw)))
  }
}

/// A UUID of version 7, which begins with the time at which it was made.
enum CodexUUID {
  /// That time in milliseconds; `nil` where the text is not such a UUID.
  static func milliseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 36, bytes[8] == 0x2D, bytes[13] == 0x2D, bytes[14] == 0x37 else {
      return nil
    }
    return Int64(String(decoding: bytes[0..<8] + bytes[9..<13], as: UTF8.self), radix: 16)
  }

  static func isUUID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map({ $0.utf8.count }) == [8, 4, 4, 4, 12]
      && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
  }

  /// The UUID that the name of a rollout ends with.
  static func atEnd(of name: String) -> String? {
    let tail = String(name.suffix(36))
    return isUUID(tail) ? tail : nil
  }
}
