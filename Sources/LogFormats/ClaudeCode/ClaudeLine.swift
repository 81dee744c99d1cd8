internal import Events

/// What all lines of a Claude Code log have in common, read once.
struct ClaudeLine {
  let object: JSONObject
  let type: String
  /// The line's own id: its `uuid`, or a hash of its bytes where it has none.
  let id: String
  let hasUUID: Bool
  let ts: Timestamp?
  let session: String?
  /// The sub-agent that the line is about; `nil` for the main conversation.
  var agent: Agent?

  /// A conversation beside the main one.
  enum Agent: Hashable {
    /// One whose id the log gives.
    case named(String)
    /// One of an old log, which gives only the lines' parents.
    case unnamed
  }

  /// Reads a line; `nil` where it has no type.
  ///
  /// `previous` is the line before: lines without an id of their own are often alike, and are
  /// told apart by what they follow.
  init?(_ object: JSONObject, after previous: String?) {
    guard let type = object.text("type") else { return nil }
    self.object = object
    self.type = type
    let uuid = object.text("uuid")
    hasUUID = uuid != nil
    id = uuid ?? StableHash.hex(object.raw, seed: previous ?? "")
    ts = object["timestamp"].flatMap { $0.text }.flatMap { Timestamp($0) }
    session = object.text("sessionId")
    // A main line may name an agent that it is about; it then says that it is no side chain.
    guard object["isSidechain"]?.bool != false else { return }
    if let agent = object.text("agentId") {
      self.agent = .named(agent)
    } else if object.isTrue("isSidechain") {
      agent = .unnamed
    }
  }

  /// The message of a sub-agent that a `progress` line of its parent holds.
  init?(embeddedIn outer: ClaudeLine) {
    guard let data = outer.object.object("data"), let inner = data.object("message"),
      let type = inner.text("type")
    else { return nil }
    object = inner
    self.type = type
    let uuid = inner.text("uuid")
    hasUUID = uuid != nil
    id = uuid ?? outer.id
    ts = inner["timestamp"].flatMap { $0.text }.flatMap { Timestamp($0) } ?? outer.ts
    session = outer.session
    agent = .named(data.text("agentId") ?? outer.object.text("parentToolUseID") ?? "unknown")
  }

  /// The line as an event of this format's own kind, with nothing left out.
  var rawEvent: Event { raw(object.raw) }

  /// A part of the line as such an event.
  func raw(_ part: UnsafeRawBufferPointer) -> Event {
    Event(EventKind(rawValue: "claude-code." + type), payload: Payload(unchecked: Array(part)))
  }
}
