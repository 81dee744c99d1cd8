package import Events

/// Reads the JSON-RPC messages of the Agent Client Protocol, of both directions, one a line.
///
/// Each session is a run. A prompt begins a turn, and the answer to it ends the turn; requests
/// and answers are told apart by what they hold, as both sides count their ids from the same
/// number. `usage` of an answer counts from the beginning of the session, by the schema: what it has
/// grown by is the turn's. Counts of which any is smaller than before are those of the turn alone, as
/// many agents report them; an agent whose turns' counts all grow is not read rightly. The cost of
/// `usage_update` is that of the session, also over several processes.
///
/// What `session/load` replays until it is answered was lived by an earlier process, whose own log has
/// it with its tokens: it is not stored. So are the echo of a prompt and `available_commands_update`;
/// the words of parts of a message are kept together. The rest is kept as `acp.<type>`.
package struct ACPImporter: RememberingImporter {
  /// What is remembered between two looks at a growing log.
  package struct Memory: Codable, Sendable {
    fileprivate(set) var sessions: [String: ACPSession] = [:]
    fileprivate(set) var order: [String] = []
    /// The prompts that wait for an answer, by the id of the request: their session.
    var prompts: [String: String] = [:]
    /// The questions that wait for an answer, by the id of the request.
    var questions: [String: ACPQuestion] = [:]
    /// The sessions that are being loaded, by the id of the request.
    var loading: [String: String] = [:]
    /// The sessions that are being forked, by the id of the request.
    var forking: [String: String] = [:]
    /// What is known before there is a session.
    var agent: String?
    var version: String?
    var project: String?
    fileprivate var previous = ""
  }

  package static let memoryVersion = 2

  package let source: LogSource
  package var memory = Memory()

  /// Where those who record messages put them.
  static let envelopes: [StaticString] = ["message", "msg", "payload", "data"]

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.order.compactMap { memory.sessions[$0]?.conversation.run } }

  package mutating func take(_ line: JSONObject, into sink: inout ImportedEvents) {
    sink.line.id = StableHash.hex(line.raw, seed: memory.previous)
    sink.line.ts = line.recordedTime
    memory.previous = sink.line.id
    let message = line.message(under: Self.envelopes)
    if let method = message.text("method") {
      readRequest(method, message, &sink)
    } else if message["result"] != nil || message["error"] != nil {
      readAnswer(message, &sink)
    } else if message["update"] != nil {
      readUpdate(message, &sink)
    } else if message["jsonrpc"] == nil {
      sink.report("the line is no JSON-RPC message")
    }
  }

  /// Lends a session, made anew where this is the first of it.
  mutating func withSession(
    _ name: String?,
    _ sink: inout ImportedEvents,
    _ body: (inout ACPSession, inout ImportedEvents) -> Void
  ) {
    let name = name ?? memory.order.last ?? source.name ?? "unnamed"
    // Taken out while it is changed, so that it is not copied.
    var session = memory.sessions.removeValue(forKey: name) ?? makeSession(name)
    var facts = RunFacts(agent: memory.agent, project: memory.project)
    facts.version = memory.version
    if !session.conversation.isStarted { session.conversation.tell(facts, into: &sink) }
    body(&session, &sink)
    memory.sessions[name] = session
  }

  private mutating func makeSession(_ name: String) -> ACPSession {
    memory.order.append(name)
    let run = Conversation.run("acp", name)
    return ACPSession(Conversation(format: "acp", run: run, session: name))
  }

  // MARK: Rest

  package mutating func pause(into sink: inout ImportedEvents) {
    for name in memory.order { memory.sessions[name]?.flushWords(into: &sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    pause(into: &sink)
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.sessions.values.contains { $0.conversation.run == run && $0.conversation.isAtWork }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    pause(into: &sink)
    for name in memory.order { memory.sessions[name]?.conversation.beforeSeal(into: &sink) }
  }
}

/// A permission that a person was asked for.
struct ACPQuestion: Codable {
  var session: String?
  var call: String
  /// The options that mean no.
  var refusals: Set<String>
}
