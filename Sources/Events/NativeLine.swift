/// One line of the native log format: an object with the keys of an event, on one line.
///
/// ```json
/// {"run":"r1","session":"s1","ts":"2026-06-01T00:00:00Z","kind":"text","payload":{"text":"hi"}}
/// ```
///
/// What is not understood is left out rather than guessed at: a key of a wrong type, empty or
/// null reads as absent, a `ts` that is no time too, and an unknown `producer` is the agent. Of
/// a key that stands twice the last one counts. `"payload": null` is `{}`; any other payload is
/// kept byte for byte, also one that is no object.
///
/// `seq` is an integer, so `"7"` and `1.5` are of a wrong type and read as absent. An integer
/// below 1, or past 64 bits, is of the right type and says something that can't be true: such a
/// line is refused, as any line is whose `seq` is not the one that it would get.
public struct NativeLine: Sendable, Hashable {
  /// The run that the event belongs to.
  public var run: RunID
  /// The position in the run that the line claims, if it claims one.
  public var seq: Int64?
  /// The event.
  public var event: Event

  /// Puts a line together.
  public init(run: RunID, seq: Int64? = nil, event: Event) {
    self.run = run
    self.seq = seq
    self.event = event
  }

  /// Reads a line, with or without its end; `fallback` is the run of lines that name none.
  public static func parse(
    _ line: UnsafeRawBufferPointer,
    run fallback: RunID? = nil
  ) throws(LineProblem) -> NativeLine {
    let envelope = try Envelope(line)

    var run = fallback
    if let name = envelope.text(envelope.run, line) {
      do throws(RunID.Problem) {
        run = try RunID(name)
      } catch {
        throw .unusableRun(error)
      }
    }
    guard let run else { throw .noRun }
    guard let kind = envelope.text(envelope.kind, line) else { throw .noKind }

    var event = Event(EventKind(rawValue: kind))
    if let body = envelope.string(envelope.ts, line) {
      event.ts =
        envelope.ts?.valueHasEscape == true
        ? envelope.text(envelope.ts, line).flatMap { Timestamp($0) } : Timestamp(utf8: body)
    }
    if let name = envelope.text(envelope.producer, line) {
      event.producer = Producer(rawValue: name) ?? .agent
    }
    event.session = envelope.text(envelope.session, line)
    event.id = envelope.text(envelope.id, line)
    event.traceparent = envelope.text(envelope.traceparent, line)
    if let payload = envelope.payload?.value, line[payload.lowerBound] != 0x6E {
      event.payload = Payload(unchecked: Array(line[payload]))
    }
    return NativeLine(run: run, seq: try envelope.sequence(line), event: event)
  }
}

/// Where the keys of an event stand in a line.
private struct Envelope {
  var run: JSONMember?
  var seq: JSONMember?
  var session: JSONMember?
  var ts: JSONMember?
  var kind: JSONMember?
  var producer: JSONMember?
  var id: JSONMember?
  var traceparent: JSONMember?
  var payload: JSONMember?

  init(_ line: UnsafeRawBufferPointer) throws(LineProblem) {
    guard let base = line.baseAddress else {
      throw .notJSON(JSONError(offset: 0, isTruncated: true))
    }
    var scanner = JSONScanner(base: base.assumingMemoryBound(to: UInt8.self), count: line.count)
    let start = scanner.space(0)
    let isObject = start < line.count && line[start] == 0x7B
    var end: Int
    if isObject {
      // The walk works on a copy, which the compiler can keep apart from `self`.
      var found = Envelope()
      end = scanner.object(start, level: 1) { found.take($0, line) }
      self = found
    } else {
      self.init()
      end = scanner.value(start, level: 1)
    }
    if end >= 0 {
      end = scanner.space(end)
      if end < line.count { end = ~end }
    }
    guard end >= 0 else { throw .notJSON(scanner.error(end)) }
    guard isObject else { throw .notAnObject }
  }

  private init() {}

  private mutating func take(_ member: JSONMember, _ line: UnsafeRawBufferPointer) {
    let key = UnsafeRawBufferPointer(rebasing: line[member.key])
    // Two letters tell the keys apart; one comparison then settles it.
    switch key.first {
    case 0x72 where JSONValue.matches(key, "run"): run = member
    case 0x73 where JSONValue.matches(key, "seq"): seq = member
    case 0x73 where JSONValue.matches(key, "session"): session = member
    case 0x74 where JSONValue.matches(key, "ts"): ts = member
    case 0x74 where JSONValue.matches(key, "traceparent"): traceparent = member
    case 0x6B where JSONValue.matches(key, "kind"): kind = member
    case 0x70 where JSONValue.matches(key, "payload"): payload = member
    case 0x70 where JSONValue.matches(key, "producer"): producer = member
    case 0x69 where JSONValue.matches(key, "id"): id = member
    case 0x5C: takeEscaped(member, key)
    default: break
    }
  }

  /// A key may be escaped from its first letter on.
  private mutating func takeEscaped(_ member: JSONMember, _ key: UnsafeRawBufferPointer) {
    if JSONValue.matches(key, "run") { run = member }
    if JSONValue.matches(key, "seq") { seq = member }
    if JSONValue.matches(key, "session") { session = member }
    if JSONValue.matches(key, "ts") { ts = member }
    if JSONValue.matches(key, "traceparent") { traceparent = member }
    if JSONValue.matches(key, "kind") { kind = member }
    if JSONValue.matches(key, "payload") { payload = member }
    if JSONValue.matches(key, "producer") { producer = member }
    if JSONValue.matches(key, "id") { id = member }
  }

  /// The bytes between the quotes of a string that is not empty.
  func string(
    _ member: JSONMember?,
    _ line: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    guard let value = member?.value, value.count > 2, line[value.lowerBound] == 0x22 else {
      return nil
    }
    return UnsafeRawBufferPointer(rebasing: line[(value.lowerBound + 1)..<(value.upperBound - 1)])
  }

  /// A string that is not empty.
  func text(_ member: JSONMember?, _ line: UnsafeRawBufferPointer) -> String? {
    guard let member, let body = string(member, line) else { return nil }
    return JSONString.string(body, hasEscape: member.valueHasEscape)
  }

  func sequence(_ line: UnsafeRawBufferPointer) throws(LineProblem) -> Int64? {
    guard let seq else { return nil }
    let number = UnsafeRawBufferPointer(rebasing: line[seq.value])
    guard number[0] &- 0x30 <= 9 || number[0] == 0x2D else { return nil }
    if let value = JSONDecimal.integer(number) {
      guard value >= 1 else { throw .impossibleSeq }
      return value
    }
    guard JSONDecimal(number).isInteger else { return nil }
    throw .impossibleSeq
  }
}
