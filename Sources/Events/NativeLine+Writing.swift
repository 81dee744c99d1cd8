extension NativeLine {
  /// Writes an event as one line of the native log format, without the end of the line.
  ///
  /// Line ends inside a payload, which can only be white space between its parts, become
  /// spaces: else one event would be many lines. Every other byte stays as it is.
  package static func write(
    run: RunID,
    seq: Int64? = nil,
    pos: Int64? = nil,
    ordinal: Int64? = nil,
    event: Event,
    into json: inout JSONWriter
  ) {
    json.object { json in
      json.member("run", run)
      json.member("seq", ifPresent: seq)
      json.member("pos", ifPresent: pos)
      json.member("session", ifPresent: event.session)
      json.member("ordinal", ifPresent: ordinal)
      if let ts = event.ts { json.time("ts", ts, .exact) }
      json.member("kind", event.kind.rawValue)
      json.member("producer", event.producer.rawValue)
      json.member("id", ifPresent: event.id)
      json.member("traceparent", ifPresent: event.traceparent)
      if event.payload.bytes.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
        json.raw("payload", event.payload.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
      } else {
        json.raw("payload", event.payload.bytes)
      }
    }
  }
}
