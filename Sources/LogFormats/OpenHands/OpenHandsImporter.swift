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
/// Not known to the stream: the conversation's own id outside of its folder (the
/// run is then named by the file), the time zone (times are read as UTC), where one request ends and
/// the next begins, the model behind the counts but by the last response that was a tool call,
/// tokens after the last action. A file of a single event outside of such a folder knows neither
/// its conversation nor what was counted before: it is refused. Not known to the SDK's state: the
/// turn of a request, and requests without a time, which are not counted (those that cost
/// nothing, where all did). Whether the counted input has the written cache in it differs
/// by provider: it is taken off where it fits in.
///
/// Dropped as decoration: `change_agent_state`, whose observation follows, of responses
/// the choices, parts of texts, logs of requests, and updates of the state but its status. Of kinds without a place here, `recall`, `condensation` and the like, the whole
/// event is kept as `openhands.<type>`.
package struct OpenHandsImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  /// The counters as they were last read.
  var counted = TokenCounts()
  /// In nano-dollars.
  var cost: Int64 = 0
  /// The counters of the SDK by what the model was used for.
  var meters: [String: OpenHandsMeter] = [:]
  /// What the state of the conversation knows.
  var model: String?
  var project: String?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ event: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    if let name = source.name, EventFolder.number(of: name + ".json") != nil {
      return sink.report(
        line: number,
        "this is one event of a conversation; name the folder that its events lie in, events"
      )
    }
    let ts = Self.time(event.text("timestamp"))
    let id =
      event["id"]?.int.map { "\($0)" } ?? event.text("id") ?? StableHash.hex(event.raw)
    if event["kind"] == nil, event["stats"]?.isObject == true {
      if transcript == nil {
        let name = conversation ?? id.replacing("-", with: "")
        let run = Transcript.run("openhands", name)
        transcript = Transcript(format: "openhands", run: run, session: name)
      }
      return readState(event, &sink)
    }
    if transcript == nil, let conversation {
      let run = Transcript.run("openhands", conversation)
      transcript = Transcript(format: "openhands", run: run, session: conversation)
    } else if transcript == nil {
      // Two streams have the same numbers: their first event tells them apart.
      let own = StableHash.hex((event.text("timestamp") ?? id).utf8)
      let name = source.name.map { $0 + "-" + own } ?? own
      let run = Transcript.run("openhands", name)
      transcript = Transcript(format: "openhands", run: run, session: name)
    }
    transcript?.start(ts: ts, into: &sink) { json in
      json.member("agent", "openhands")
      json.member("version", ifPresent: event.object("args")?.text("openhands_version"))
    }
    if let kind = event.text("kind") { return read(kind: kind, event, id: id, ts: ts, &sink) }
    count(event, id: id, ts: ts, &sink)
    if let action = event.text("action") {
      readAction(action, event, id: id, ts: ts, &sink)
    } else if let observation = event.text("observation") {
      readObservation(observation, event, id: id, ts: ts, &sink)
    } else {
      transcript?.keep("event", event.raw, id: id, ts: ts, into: &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    transcript?.endTurnIfDone(into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    transcript?.endTurn(into: &sink)
  }

  /// The conversation that the folders name.
  private var conversation: String? {
    source.name == "events" || source.name == "base_state" ? source.folders.last : nil
  }

  /// The state is written anew: what was counted of it is remembered.
  package mutating func startOver() {
    let before = self
    self = Self(source: source)
    guard before.source.name == "base_state" else { return }
    self = before
  }

  /// A time without a zone.
  private static func time(_ text: String?) -> Timestamp? {
    guard let text else { return nil }
    return Timestamp(text) ?? Timestamp(text + "Z")
  }

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.object("counted") { counted.writeTotals(to: &$0) }
    json.member("cost", cost)
    json.object("meters") { json in
      for (name, meter) in meters.sorted(by: { $0.key < $1.key }) {
        json.object(name) { meter.write(to: &$0) }
      }
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    counted = state.object("counted").map { TokenCounts(totals: $0) } ?? counted
    cost = state["cost"]?.int ?? 0
    state["meters"]?.forEachMember { name, value in
      guard let meter = JSONObject(value) else { return }
      meters[String(decoding: name, as: UTF8.self)] = OpenHandsMeter(meter)
    }
    return true
  }
}
