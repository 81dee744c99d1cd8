internal import Events

// Lines of JSON-RPC messages, which whoever recorded them may have put in an envelope with a time.
extension JSONObject {
  /// When the message was recorded, if the line says so.
  var recordedTime: Timestamp? { time("ts") ?? time("timestamp") ?? time("time") }

  /// The message that is the line, or that it has under one of these keys.
  func message(under envelopes: [StaticString]) -> JSONObject {
    guard self["method"] == nil, self["result"] == nil, self["jsonrpc"] == nil else { return self }
    return envelopes.compactMap { object($0) }.first ?? self
  }
}
