internal import Events

/// What all lines of a Claude Code log have in common, read once.
struct ClaudeLine {
  let object: JSONObject
  let type: String
  /// The line's own id: its `uuid`, or a hash of its bytes where it has none.
  var id: String
  let hasUUID: Bool
  var ts: Timestamp?
  var session: String?
  /// The folder that the agent worked in.
  var folder: String?
  var version: String?
  var branch: String?
  var entrypoint: String?
  /// The sub-agent that the line is about; `nil` for the main conversation.
  var agent: Agent?
  /// Where the line was first written, if it is a copy that says so.
  var origin: Origin?

  /// A conversation beside the main one.
  enum Agent: Hashable {
    /// One whose id the log gives.
    case named(String)
    /// One of an old log, which gives only the lines' parents.
    case unnamed
  }

  /// The line that a copy repeats.
  struct Origin {
    var session: String
    var uuid: String
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
    ts = Self.time(of: object)
    session = object.text("sessionId")
    folder = object.text("cwd")
    version = object.text("version")
    branch = object.text("gitBranch")
    entrypoint = object.text("entrypoint")
    if let from = object.object("forkedFrom"), let session = from.text("sessionId") {
      origin = (from.text("messageUuid") ?? uuid).map { Origin(session: session, uuid: $0) }
    }
    // A main line may name an agent that it is about; it then says that it is not a side chain.
    guard object["isSidechain"]?.bool != false else { return }
    if let agent = object.text("agentId") {
      self.agent = .named(agent)
    } else if object.isTrue("isSidechain") {
      agent = .unnamed
    }
  }

  /// The message of a sub-agent that a `progress` line of its caller holds.
  init?(embeddedIn outer: ClaudeLine) {
    guard let data = outer.object.object("data"), let inner = data.object("message"),
      let type = inner.text("type")
    else { return nil }
    object = inner
    self.type = type
    let uuid = inner.text("uuid")
    hasUUID = uuid != nil
    id = uuid ?? outer.id
    ts = Self.time(of: inner) ?? outer.ts
    session = outer.session
    folder = inner.text("cwd") ?? outer.folder
    version = outer.version
    branch = outer.branch
    entrypoint = outer.entrypoint
    agent = .named(data.text("agentId") ?? outer.object.text("parentToolUseID") ?? "unknown")
  }

  static func time(of object: JSONObject) -> Timestamp? {
    object["timestamp"]?.text.flatMap { Timestamp($0) }
  }

  /// What its events have in common.
  func context(number: Int) -> LineContext {
    LineContext(number: number, id: id, ts: ts, session: session)
  }

  /// Whether a person, the agent or a tool speaks in it.
  var isTalk: Bool { type == "user" || type == "assistant" }

  /// Whether it makes its log one of a conversation: the agent speaks, or is asked for something.
  var isSpeech: Bool {
    switch type {
    case "assistant": return true
    case "progress": return embedsAgent
    case "user":
      guard let content = message?["content"] else { return false }
      let parts = ClaudeUserParts(content)
      let kind = parts.kind(of: object)
      return !parts.results.isEmpty || kind == .prompt || kind == .begin || kind == .goesOn
    default: return false
    }
  }

  /// Whether it is a line of its caller's log that has a sub-agent's message in it.
  var embedsAgent: Bool {
    type == "progress" && object.object("data")?["type"]?.equals("agent_progress") == true
  }

  /// Whether it begins a chain of lines.
  var isRoot: Bool { hasUUID && object["parentUuid"] == nil }

  /// The model's message, as logs and streams have it.
  var message: JSONObject? { object.object("message") }

  /// What names the message of an assistant line: all lines of one message have it.
  var messageID: String {
    message?.text("id") ?? object.text("requestId") ?? object.text("request_id") ?? id
  }
}
