package import Events

/// Reads the event stream of an OpenHands conversation.
///
/// An event is an action or an observation; an observation names the action that is its cause.
/// `llm_metrics` counts from the beginning of the conversation, so `usage` is what it has grown
/// by since the last event that had it. One such event may stand for more than one request.
///
/// Not known to the stream: the conversation's own id (a file of events does not name it: the
/// run is named by the file), the time zone (times are read as UTC), where one request ends and
/// the next begins, the model behind the counts but by the last response that was a tool call,
/// tokens after the last action. A file of a single event, as OpenHands keeps them, knows neither
/// its conversation nor what was counted before: it is refused, and the files of a conversation
/// must be read one after another as one log. Whether the counted input has the written cache in it differs
/// by provider: it is taken off where it fits in.
///
/// Dropped as decoration: `change_agent_state`, whose observation follows, and of responses
/// the choices. Of kinds without a place here, `recall`, `condensation` and the like, the whole
/// event is kept as `openhands.<type>`.
package struct OpenHandsImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  /// The counters as they were last read.
  var counted = TokenCounts()
  /// In nano-dollars.
  var cost: Int64 = 0

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ event: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    if let name = source.name, !name.isEmpty, name.allSatisfy({ $0.isASCII && $0.isNumber }) {
      return sink.report(
        line: number,
        "this is one event of a conversation; read all of its files as one log, in their order"
      )
    }
    let ts = Self.time(event.text("timestamp"))
    let id = event["id"]?.int.map { "\($0)" } ?? StableHash.hex(event.raw)
    if transcript == nil {
      // Two streams have the same numbers: their first event tells them apart.
      let own = StableHash.hex((event.text("timestamp") ?? id).utf8)
      let name = source.name.map { $0 + "-" + own } ?? own
      let run = Transcript.run("openhands", name)
      transcript = Transcript(format: "openhands", run: run, session: name)
      transcript?.start(ts: ts, into: &sink) { json in
        json.member("agent", "openhands")
        json.member("version", ifPresent: event.object("args")?.text("openhands_version"))
      }
    }
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

  /// A time without a zone.
  private static func time(_ text: String?) -> Timestamp? {
    guard let text else { return nil }
    return Timestamp(text) ?? Timestamp(text + "Z")
  }

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.object("counted") { counted.writeTotals(to: &$0) }
    json.member("cost", cost)
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    counted = state.object("counted").map { TokenCounts(totals: $0) } ?? counted
    cost = state["cost"]?.int ?? 0
    return true
  }
}
