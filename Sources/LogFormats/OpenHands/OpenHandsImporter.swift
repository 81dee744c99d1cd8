package import Events

/// Reads the event stream of an OpenHands conversation.
///
/// It is one log, or the folder of its events, which names it (`<conversation>/events/`). Both the
/// old events and those of the SDK are known, and of the SDK the state of a conversation too
/// (`<conversation>/base_state.json`), which tells of its requests.
///
/// An event is an action or an observation; an observation names the action that is its cause.
/// `llm_metrics` counts from the beginning of the conversation, so `usage` is what it has grown
/// by since the last event that had it. One such event may stand for more than one request.
///
/// A turn ends when the agent's state says so. Whether the counted input has the written cache in it
/// differs by provider: it is taken off where it fits in. A file of a single event outside of such a
/// folder knows neither its conversation nor what was counted before: it is refused.
///
/// Dropped as decoration: `change_agent_state`, whose observation follows, of responses
/// the choices, parts of texts, logs of requests, and updates of the state but its status. Of kinds
/// without a place here, `recall`, `condensation` and the like, the whole event is kept as
/// `openhands.<type>`.
package struct OpenHandsImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var conversation: Conversation?
    /// The counters as they were last read.
    var counted = TokenCounts()
    /// In nano-dollars.
    var cost: Int64 = 0
    /// The counters of the SDK by what the model was used for.
    var meters: [String: OpenHandsMeter] = [:]
    /// The calls that wait for a person's confirmation.
    var asked: [String] = []
    /// What the state of the conversation knows.
    var model: String?
    var project: String?
    /// Whether the state has told what it knows of the run.
    var hasTold = false
  }

  package static let memoryVersion = 2

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.conversation.map { [$0.run] } ?? [] }

  package mutating func take(_ event: JSONObject, into sink: inout ImportedEvents) {
    if let name = source.name, EventFolder.number(of: name + ".json") != nil {
      return sink.report(
        "this is one event of a conversation; name the folder that its events lie in, events"
      )
    }
    let id =
      event["id"]?.int.map { "\($0)" } ?? event.text("id") ?? StableHash.hex(event.raw)
    sink.line.id = id
    sink.line.ts = Self.time(event.text("timestamp"))
    let isState = event["kind"] == nil && event["stats"]?.isObject == true
    if memory.conversation == nil {
      let name = conversation ?? (isState ? id.replacing("-", with: "") : ownName(event))
      let run = Conversation.run("openhands", name)
      memory.conversation = Conversation(format: "openhands", run: run, session: name)
    }
    if isState { return readState(event, &sink) }
    var facts = RunFacts(agent: "openhands")
    facts.version = event.object("args")?.text("openhands_version")
    if memory.conversation?.isStarted == false { memory.conversation?.tell(facts, into: &sink) }
    if let kind = event.text("kind") { return read(kind: kind, event, &sink) }
    count(event, &sink)
    if let action = event.text("action") {
      readAction(action, event, &sink)
    } else if let observation = event.text("observation") {
      readObservation(observation, event, &sink)
    } else {
      memory.conversation?.keep("event", event.raw, into: &sink)
    }
  }

  // MARK: Rest

  /// The log itself says how a turn ends: one that it leaves open is settled when the run is sealed.
  package mutating func atRest(into sink: inout ImportedEvents) {}

  package func isAtWork(_ run: RunID) -> Bool { memory.conversation?.isAtWork == true }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.conversation?.beforeSeal(into: &sink)
  }

  /// The state is written anew: what was counted of it is remembered.
  package mutating func startOver() {
    if source.name != "base_state" { memory = Memory() }
  }

  // MARK: Names

  /// The conversation that the folders name.
  private var conversation: String? {
    source.name == "events" || source.name == "base_state" ? source.folders.last : nil
  }

  /// Two streams have the same numbers: their first event tells them apart.
  private func ownName(_ event: JSONObject) -> String {
    let own = StableHash.hex((event.text("timestamp") ?? event.text("id") ?? "").utf8)
    return source.name.map { $0 + "-" + own } ?? own
  }

  /// A time without a zone.
  private static func time(_ text: String?) -> Timestamp? {
    guard let text else { return nil }
    return Timestamp(text) ?? Timestamp(text + "Z")
  }
}
