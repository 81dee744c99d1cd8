package import Events

/// Reads the JSON-RPC messages of the Agent Client Protocol, of both directions, one a line.
///
/// Each session is a run. A prompt begins a turn, and the answer to it ends the turn; requests
/// and answers are told apart by what they hold, as both sides count their ids from the same
/// number. `usage` of an answer and the cost of `usage_update` count from the beginning of the
/// session, by the schema: what they have grown by is the turn's. An agent that reports each
/// turn alone is read rightly only where its turns' counts don't all grow.
///
/// Not known to the protocol: times, unless a line has one, so that events have the time at
/// which they are stored; single requests (one `usage` stands for all of a turn); the model,
/// where the agent offers no choice of one; sub-agents; the end of the agent's process.
///
/// Dropped as decoration: what `session/load` replays until it is answered, the echo of a
/// prompt, `available_commands_update`, and parts of messages as such: their words are kept
/// together. The rest is kept as `acp.<type>`.
package struct ACPImporter: LineImporter {
  package let source: LogSource
  var sessions: [String: ACPSession] = [:]
  var order: [String] = []
  /// The prompts that wait for an answer, by the id of the request: their session.
  var prompts: [String: String] = [:]
  /// The questions that wait for an answer, by the id of the request.
  var questions: [String: ACPQuestion] = [:]
  /// The sessions that are being loaded, by the id of the request.
  var loading: [String: String] = [:]
  /// What is known before there is a session.
  var agent: String?
  var project: String?
  private var previous = ""

  /// Where those who record messages put them.
  static let envelopes: [StaticString] = ["message", "msg", "payload", "data"]

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { order.compactMap { sessions[$0]?.transcript.run } }

  package mutating func take(
    _ line: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    let id = StableHash.hex(line.raw, seed: previous)
    previous = id
    let ts = line.recordedTime
    let message = line.message(under: Self.envelopes)
    if let method = message.text("method") {
      readRequest(method, message, id: id, ts: ts, &sink)
    } else if message["result"] != nil || message["error"] != nil {
      readAnswer(message, id: id, ts: ts, &sink)
    } else if message["update"] != nil {
      readUpdate(message, id: id, ts: ts, &sink)
    } else if message["jsonrpc"] == nil {
      sink.report(line: number, "the line is no JSON-RPC message")
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    for key in order { sessions[key]?.flushWords(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
    for key in order { sessions[key]?.transcript.endTurn(into: &sink) }
  }

  /// Lends a session, made anew where this is the first of it.
  mutating func withSession(
    _ name: String?,
    ts: Timestamp?,
    _ sink: inout ImportedEvents,
    _ body: (inout ACPSession, inout ImportedEvents) -> Void
  ) {
    let name = name ?? order.last ?? source.name ?? "unnamed"
    var session: ACPSession
    if let known = sessions[name] {
      session = known
    } else {
      let run = Transcript.run("acp", name)
      session = ACPSession(transcript: Transcript(format: "acp", run: run, session: name))
      order.append(name)
    }
    sessions[name] = nil
    session.transcript.start(ts: ts, into: &sink) { json in
      json.member("agent", ifPresent: agent)
      json.member("project", ifPresent: project)
    }
    body(&session, &sink)
    sessions[name] = session
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    json.member("previous", previous)
    json.member("agent", ifPresent: agent)
    json.member("project", ifPresent: project)
    Self.write(prompts, as: "prompts", to: &json)
    Self.write(loading, as: "loading", to: &json)
    json.array("questions") { json in
      for (id, question) in questions.sorted(by: { $0.key < $1.key }) {
        json.element([id, question.session, question.call] + question.refusals.sorted())
      }
    }
    json.array("sessions") { json in
      for key in order { json.object { sessions[key]?.write(to: &$0) } }
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    previous = state["previous"]?.string ?? ""
    agent = state.text("agent")
    project = state.text("project")
    prompts = Self.texts(state["prompts"])
    loading = Self.texts(state["loading"])
    state["questions"]?.forEachElement { element in
      var parts: [String] = []
      element.forEachElement { parts.append($0.string ?? "") }
      guard parts.count >= 3 else { return }
      let refusals = Set(parts.dropFirst(3))
      questions[parts[0]] = ACPQuestion(session: parts[1], call: parts[2], refusals: refusals)
    }
    var isGood = true
    state["sessions"]?.forEachElement { element in
      guard let object = JSONObject(element), let session = ACPSession(object),
        let name = session.transcript.session
      else { return isGood = false }
      sessions[name] = session
      order.append(name)
    }
    return isGood
  }

  private static func write(
    _ texts: [String: String],
    as key: String,
    to json: inout JSONWriter
  ) {
    json.object(key) { json in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { json.member(name, text) }
    }
  }

  private static func texts(_ value: JSONValue?) -> [String: String] {
    var texts: [String: String] = [:]
    value?.forEachMember { texts[String(decoding: $0, as: UTF8.self)] = $1.string }
    return texts
  }
}

/// A permission that somebody was asked for.
struct ACPQuestion {
  var session: String
  var call: String
  /// The options that mean no.
  var refusals: Set<String>
}
