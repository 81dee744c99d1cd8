package import Events

/// Reads the session logs of pi: a tree of entries, in the order in which they were made.
///
/// The branches of the tree are all read: what a person went back from was spent all the same.
/// A session that was forked repeats the entries that it came from; their tokens are billed
/// once, by the id of the model's response, else by the id and the time of the entry.
///
/// Not known to the format: when a session is over, who called it, how long a call waited for a
/// person, when a limit resets. A failed request is tried again without a word: it is an
/// `error`, and fails its turn only where nothing follows it.
///
/// Dropped as decoration: the signatures of texts and thoughts. What has no kind of its own,
/// such as a command that a person ran or a label, is kept as `pi.<type>`.
package struct PiImporter: LineImporter {
  package let source: LogSource
  private var transcript: Transcript?
  /// The id of the entry before: old versions give entries none.
  private var previous = ""

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ entry: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = entry.text("type") else {
      return sink.report(line: number, "the entry has no type")
    }
    let id = entry.text("id") ?? StableHash.hex(entry.raw, seed: previous)
    previous = id
    let ts = entry.time("timestamp")
    if type == "session" { return begin(entry, id, ts: ts, &sink) }
    if transcript == nil { begin(nil, source.name ?? id, ts: ts, &sink) }
    transcript?.read(pi: entry, type: type, id: id, ts: ts, into: &sink)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    transcript?.endTurnIfDone(into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    transcript?.endTurn(into: &sink)
  }

  private mutating func begin(
    _ header: JSONObject?,
    _ session: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let run = Transcript.run("pi", session)
    transcript = Transcript(format: "pi", run: run, session: session)
    transcript?.start(ts: ts, into: &sink) { json in
      json.member("agent", "pi")
      json.member("project", ifPresent: header?.text("cwd"))
      json.member("forked_from", ifPresent: header?.text("parentSession"))
    }
  }

  package func write(to json: inout JSONWriter) {
    json.member("previous", previous)
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    previous = state["previous"]?.string ?? ""
    transcript = Transcript(state.object("transcript"))
    return true
  }
}
