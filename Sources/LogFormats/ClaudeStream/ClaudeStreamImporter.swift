package import Events

/// Reads the frames that `claude -p --output-format stream-json` prints.
///
/// A session is a run, and so is each sub-agent in it. Messages are read as those of Claude
/// Code's session logs: `usage` once per message, with the counts of its last frame. They are
/// placeholders, and mostly say so (`partial`); what is true of a turn comes with its `result`,
/// whose totals replace them. See `ClaudeStreamTotals`.
///
/// The log records its end: the last `result` ends the run. Where a `result` is followed by
/// more, the run was not over, and nothing is said of an end.
///
/// Not known to the stream: times, unless a frame has one, so that events have the time at which
/// they are stored; the prompt, unless user frames are replayed; the part of a turn's tokens that
/// a sub-agent has used beyond what its frames say, which stays with the session's run.
///
/// Dropped as decoration: `stream_event`, but for the counts that it brings, `tool_progress`,
/// `keep_alive`, and of `system` the subtypes `status`, `hook_started` and `hook_progress`.
package struct ClaudeStreamImporter: LineImporter {
  package let source: LogSource
  /// The session that the frames are of now.
  var session: String?
  /// The conversations by session, and by session and call for sub-agents.
  var threads: [String: ClaudeThread] = [:]
  var order: [String] = []
  /// What stands until the next frame of the conversation: the end of the run.
  var ending: ClaudeStreamEnding?
  /// The totals of each session's last `result`.
  var totals: [String: ClaudeStreamTotals] = [:]
  /// The id of the frame before.
  var previous = ""
  /// The message of each conversation whose parts are streaming.
  var streaming: [String: String] = [:]

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { order.compactMap { threads[$0]?.run } }

  package mutating func take(
    _ frame: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    guard let line = ClaudeLine(frame: frame, after: previous) else {
      return sink.report(line: number, "the frame has no type")
    }
    previous = line.id
    if let named = line.session { session = named }
    let session = session ?? source.name ?? "unnamed"
    let key = Self.key(session, line)
    let first = sink.entries.count
    read(line, key, session, &sink)
    // The last frame of a turn has noted its own.
    if line.type != "result" { noteAgents(session, from: first, sink) }
  }

  private mutating func read(
    _ line: ClaudeLine,
    _ key: String,
    _ session: String,
    _ sink: inout ImportedEvents
  ) {
    switch line.type {
    case "user", "assistant":
      ending = nil
      withThread(key, session, line, &sink) { thread, sink in
        if line.type == "user" {
          thread.readFrame(user: line, into: &sink)
        } else if key == session, line.object["message"]?["model"]?.equals("<synthetic>") == true {
          // A failed request, which the `result` tells of as well, and as a part of its turn.
          thread.emit(line.frameEvent, of: line, into: &sink)
        } else {
          thread.readAssistant(line, into: &sink)
        }
      }
      if line.type == "user" { endAgents(session, line, &sink) }
    case "stream_event":
      ending = nil
      if let event = line.object.object("event") { stream(event, key, session, line, &sink) }
    case "result":
      finish(session, line, &sink)
    case "system":
      readSystem(session, line, &sink)
    case "rate_limit_event":
      withThread(session, session, line, &sink) { $0.readLimit(line, into: &$1) }
    case "keep_alive", "tool_progress":
      break
    default:
      withThread(key, session, line, &sink) { $0.emit(line.frameEvent, of: line, into: &$1) }
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    let first = sink.entries.count
    for key in order { threads[key]?.flushUsage(into: &sink) }
    if let session { noteAgents(session, from: first, sink) }
    guard let ending else { return }
    self.ending = nil
    threads[ending.thread]?.emit(ending.event, id: ending.id, ts: ending.ts, into: &sink)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
    for key in order { threads[key]?.endTurn(into: &sink) }
  }

  /// The run whose call a sub-agent's frame belongs to: a sub-agent may have its own.
  private func caller(of line: ClaudeLine) -> RunID? {
    guard case .named(let call) = line.agent else { return nil }
    return threads.values.first { $0.openCalls.contains(call) }?.run
  }

  static func key(_ session: String, _ line: ClaudeLine) -> String {
    guard case .named(let agent) = line.agent else { return session }
    return session + "/agent-" + agent
  }

  /// Lends a conversation, made anew where this is the first of it.
  mutating func withThread(
    _ key: String,
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents,
    _ body: (inout ClaudeThread, inout ImportedEvents) -> Void
  ) {
    var thread: ClaudeThread
    if let known = threads[key] {
      thread = known
    } else {
      let main = Transcript.run("claude-stream", session)
      let run = key == session ? main : Transcript.run("claude-stream", key)
      let parent = key == session ? nil : caller(of: line) ?? main
      thread = ClaudeThread(run: run, parent: parent, session: session)
      order.append(key)
    }
    threads[key] = nil
    thread.start(line, into: &sink)
    body(&thread, &sink)
    threads[key] = thread
  }
}

/// The end of a run that is told once nothing follows it.
struct ClaudeStreamEnding {
  var thread: String
  var event: Event
  var id: String
  var ts: Timestamp?
}
