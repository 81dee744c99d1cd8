package import Events

/// Reads the chats of Gemini CLI, a document that is written anew with each message, or lines.
///
/// A message is told as far as it is known: its words once it has any, its calls once they are
/// there, their results once they are final, its tokens once they are counted. A message that
/// comes again, with the whole document or on a line of its own, adds what is new of it. What a
/// rewind takes back was spent all the same, and stays.
///
/// The chat of a sub-agent lies in a folder named by the session that called it
/// (`chats/<session>/…`): it is a helper of that run. Elsewhere its caller is not known.
///
/// Not known to these chats: where the project is (only a hash of its path), when a turn or the
/// session is over, why the model stopped. So a turn ends with the next prompt, with the note
/// that it was cancelled, with an error, or when the run is sealed.
///
/// Dropped as decoration: of calls `displayName`, `description`, `resultDisplay` and
/// `renderOutputAsMarkdown`; of the metadata `lastUpdated`. The rest is kept as `gemini.<type>`.
package struct GeminiImporter: LineImporter {
  package let source: LogSource
  var transcript: Transcript?
  /// What was told of each message.
  var told: [String: GeminiProgress] = [:]

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { transcript.map { [$0.run] } ?? [] }

  package mutating func take(
    _ object: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    if let target = object.text("$rewindTo") {
      return rewind(to: target, object, &sink)
    }
    if let changes = object.object("$set") { return update(changes, &sink) }
    if object["sessionId"] != nil || object["messages"] != nil { return update(object, &sink) }
    // Another program's list of what a chat has, each entry with the message that it is from.
    if object["stream_id"] != nil, let message = object.object("metadata"), message["type"] != nil {
      begin(object.text("session_id"), object, ts: message.time("timestamp"), &sink)
      return read(message, number, &sink)
    }
    read(object, number, &sink)
  }

  /// At rest the next message may still be of the open turn.
  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    transcript?.endTurn(into: &sink)
  }

  /// The document is there again: what was read of it is remembered.
  package mutating func startOver() {}

  // MARK: Metadata

  private mutating func update(_ metadata: JSONObject, _ sink: inout ImportedEvents) {
    begin(
      metadata.text("sessionId"),
      metadata,
      ts: metadata.time("startTime"),
      &sink
    )
    if let title = metadata.text("summary") {
      transcript?.call(
        itself: title,
        id: "summary/" + StableHash.hex(title.utf8),
        ts: nil,
        into: &sink
      )
    }
    metadata["messages"]?.forEachElement { element in
      guard let message = JSONObject(element) else { return }
      read(message, 1, &sink)
    }
  }

  /// Tells of the run, once its name is known.
  private mutating func begin(
    _ session: String?,
    _ facts: JSONObject?,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard transcript == nil else { return }
    let session = session ?? source.name ?? "unnamed"
    let isHelper = facts?["kind"]?.equals("subagent") == true
    let caller = isHelper ? source.folder(after: "chats") : nil
    var made = Transcript(
      format: "gemini",
      run: Transcript.run("gemini", session),
      parent: caller.map { Transcript.run("gemini", $0) },
      session: caller ?? session
    )
    made.start(ts: ts, into: &sink) { json in
      json.member("agent", "gemini-cli")
      var project: String?
      facts?["directories"]?.forEachElement { project = project ?? $0.text }
      json.member("project", ifPresent: project)
      json.member("project_hash", ifPresent: facts?.text("projectHash"))
      json.member("kind", ifPresent: facts?.text("kind"))
    }
    transcript = made
  }

  private mutating func rewind(
    to target: String,
    _ object: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    transcript?.endTurn(into: &sink)
    transcript?.keep("rewind", object.raw, id: "rewind/" + target, ts: nil, into: &sink)
  }

  // MARK: Messages

  private mutating func read(
    _ message: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let type = message.text("type") else {
      return sink.report(line: number, "the message has no type")
    }
    begin(nil, nil, ts: message.time("timestamp"), &sink)
    let hash = StableHash.hex(message.raw)
    let id = message.text("id") ?? hash
    var progress = told[id] ?? GeminiProgress()
    guard progress.hash != hash else { return }
    transcript?.read(message, type: type, id: id, &progress, into: &sink)
    progress.hash = hash
    told[id] = progress
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    if let transcript { json.object("transcript") { transcript.write(to: &$0) } }
    json.object("told") { json in
      for (id, progress) in told.sorted(by: { $0.key < $1.key }) {
        json.object(id) { progress.write(to: &$0) }
      }
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    transcript = Transcript(state.object("transcript"))
    state["told"]?.forEachMember { name, value in
      guard let progress = JSONObject(value) else { return }
      told[String(decoding: name, as: UTF8.self)] = GeminiProgress(progress)
    }
    return transcript != nil || state["transcript"] == nil
  }
}
